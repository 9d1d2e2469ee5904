"""The families: models that share a wire format."""
