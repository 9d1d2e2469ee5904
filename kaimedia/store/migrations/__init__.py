"""The history of the tables. Each step is frozen: it imports nothing that may change later."""
