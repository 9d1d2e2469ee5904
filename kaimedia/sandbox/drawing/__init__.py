"""How results are drawn from their prompts."""
