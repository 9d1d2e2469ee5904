"""kie.ai's wire protocol: models as data, families as pure functions, one transport."""
