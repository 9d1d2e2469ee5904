"""Who makes it: the protocol that jobs talk to, and one folder for each provider."""
