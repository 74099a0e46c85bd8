"""Will own partners, offers, referrals and round tables for the whole city. Nothing of it is built yet."""
