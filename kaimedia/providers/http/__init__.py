"""What HTTP clients of several providers share: time limits, keys, rate limits, redaction."""
