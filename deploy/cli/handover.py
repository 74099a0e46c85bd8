"""`lokal handover`: files on their way between sites."""
