"""What people and programs meet over HTTP: sign-in, pages, problems, idempotent writes; the same in every service."""
