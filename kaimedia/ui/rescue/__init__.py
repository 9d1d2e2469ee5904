"""Parts of the pages about what was paid and may be lost."""
