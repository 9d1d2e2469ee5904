"""The command line; it calls the same use cases as the pages and the API.

Results go to stdout, progress and errors to stderr; with `--json` stdout is exactly one JSON document.
"""
