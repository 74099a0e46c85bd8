"""What a household meets on its way: authorities in charge, barriers and integration agreements."""
