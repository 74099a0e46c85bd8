"""Erasures: what was asked for, who has acknowledged it, and what the deletion periods removed."""
