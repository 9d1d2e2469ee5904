"""Builds and runs the container image without Docker, in a folder: to test the Dockerfile, and to see its size."""
