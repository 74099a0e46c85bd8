"""The team's care for its own work: follow-up tasks, safety notes and the child-protection path."""
