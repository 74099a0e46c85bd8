"""What every service builds on: contracts, delivery, web, database; it knows no service."""
