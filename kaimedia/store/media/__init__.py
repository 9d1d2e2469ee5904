"""What is stored about media: one class per job, each with its own transactions."""
