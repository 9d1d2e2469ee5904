"""Sends events to webhooks: what is sent in each format, signatures, and the loop that delivers."""
