"""`lokal erase`: a household's personal data is removed everywhere."""
