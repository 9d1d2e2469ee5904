"""What is stored about tasks: one class per job, each with its own transactions."""
