"""The migrations. Each one is frozen: it imports nothing that may change later."""
