"""Styles: text put around a prompt, and optional settings, as small TOML files; built-in and the user's own."""

from __future__ import annotations

from kaimedia.presets.preset import Preset, PresetSettings
from kaimedia.presets.reading import BUILTIN_FOLDER, PresetProblem, Presets, read

__all__ = ["BUILTIN_FOLDER", "Preset", "PresetProblem", "PresetSettings", "Presets", "read"]
