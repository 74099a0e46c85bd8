"""The words of the volunteers' pages, by subject and by language."""
