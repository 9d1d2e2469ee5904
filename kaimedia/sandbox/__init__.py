"""The server side of kie.ai's wire protocol: draws results itself and charges nothing."""
