"""The job queue in PostgreSQL that several workers share: Procrastinate's tables, and a job for each task in them."""
