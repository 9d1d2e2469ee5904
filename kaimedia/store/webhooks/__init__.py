"""Outgoing webhooks: endpoints, and the outbox with its deliveries."""
