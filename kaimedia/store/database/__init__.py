"""One database: connections, transactions, migrations, copies, and whether it is itself a copy."""
