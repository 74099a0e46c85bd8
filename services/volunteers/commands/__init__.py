"""What the volunteers' service does: each command is one change with the events that tell of it."""
