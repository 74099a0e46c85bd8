"""Which recipient may see what of a household, and who has looked."""
