"""Styles: words put around a prompt, and perhaps settings, as small TOML files; ours and the user's own."""

from __future__ import annotations

from kaimedia.presets.preset import Preset, PresetSettings
from kaimedia.presets.reading import OURS, PresetProblem, Presets, read

__all__ = ["OURS", "Preset", "PresetProblem", "PresetSettings", "Presets", "read"]
