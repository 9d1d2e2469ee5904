"""What HTTP clients of several providers share: time limits, keys, forms with a file, rate limits, redaction."""
