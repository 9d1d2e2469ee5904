"""kie.ai’s wire protocol, from the server’s side."""
