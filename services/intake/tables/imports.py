"""Imported lists of moves: files, rows that wait for a decision, and what was taken from where."""
