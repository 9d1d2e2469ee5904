"""The MCP server, for agents: tools, resources and prompts over HTTP and stdio."""
