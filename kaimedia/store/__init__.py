"""Tables, transactions and migrations. Only domain values leave this package."""
