"""`lokal imports`: lists of moves from files."""
