"""The services of lokal willkommen: independent programs that meet only on the broker."""
