"""Who may use the app, and what is sealed or signed."""
