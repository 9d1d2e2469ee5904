"""Use cases for what was paid and may be lost: files, results not saved, tasks of unknown outcome, import."""
