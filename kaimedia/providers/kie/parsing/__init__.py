"""How kie.ai’s answers are read."""
