"""The command line, on the same studio as the pages and the API.

Answers go to stdout, everything said on the way to stderr; with `--json` stdout is exactly one JSON document.
"""
