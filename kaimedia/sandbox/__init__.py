"""kie.ai's wire protocol from the other side: a server that draws instead of charging."""
