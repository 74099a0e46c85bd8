"""Files that turned out to be one family, and what it takes to part them again."""
