"""One module a job: read, stages, write; query name, checkpoint, trigger; no logic."""
