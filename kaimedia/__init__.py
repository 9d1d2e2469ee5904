"""Kai.ai Media Generator: images and videos from kie.ai, paid for once and saved."""

__version__ = "0.1.0"
