"""How tasks run: handlers for each step, a schedule, and the engine that drives them."""
