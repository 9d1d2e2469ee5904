"""The REST API: one module for each subject; `application.py` puts them together."""
