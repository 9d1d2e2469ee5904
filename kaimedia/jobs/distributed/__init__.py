"""Many workers on one PostgreSQL database, driven by Procrastinate: the same handlers, one job per waiting task."""
