"""`lokal deletion`: what the deletion periods have reached."""
