"""The only room with input and output: session, Delta, sources, destinations, clock, document files."""
