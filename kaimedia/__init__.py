"""Kai.ai Media Generator: pictures and clips from kie.ai, paid once and kept."""

__version__ = "0.1.0"
