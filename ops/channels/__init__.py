"""How messages leave the building; only the worker imports this."""
