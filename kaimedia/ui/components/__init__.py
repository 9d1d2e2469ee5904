"""Parts that several pages use, with their scripts and styles."""
