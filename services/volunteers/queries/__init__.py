"""What the volunteers' service finds and counts, for pages and calls."""
