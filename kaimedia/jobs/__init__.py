"""How tasks run: steps done once each, a plan of when, an engine that drives them."""
