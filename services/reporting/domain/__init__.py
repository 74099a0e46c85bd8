"""Pure rules of the figures: what a household's events say about any day, and which counts may be shown."""
