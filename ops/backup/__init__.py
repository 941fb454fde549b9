"""A whole installation in one file, and back: rows, uploads and the secret, on either database."""
