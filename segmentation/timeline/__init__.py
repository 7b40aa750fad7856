"""The facts of a customer in time: versions, who was touched, at which instants to ask, when to look again."""
