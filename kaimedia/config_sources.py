"""Where the values of settings come from, in order: environment, `.env`, `.streamlit/secrets.toml`, default."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kaimedia import config_database, config_examples
from kaimedia.config_files import read_dotenv, read_secrets
from kaimedia.config_settings import all_settings, prefixes, setting_of

HOME_SECRETS = "~/.streamlit/secrets.toml"


@dataclass(frozen=True, slots=True)
class Origin:
    """A raw value and where it came from: `environment`, `.env`, `secrets.toml` or `default`."""

    value: str | None
    source: str


def read_origins(root: Path, environment: Mapping[str, str]) -> dict[str, Origin]:
    """The raw value and source of each setting; an empty value counts as not set.

    Raises:
        ConfigError: a settings file cannot be read, has one of our settings inside a table, or the text of an example.
    """
    found: dict[str, Origin] = {}
    layers = _layers(root, environment)
    for setting in all_settings():
        for source, layer in layers:
            if value := (layer.get(setting.name) or "").strip():
                config_examples.refuse(setting.name, value)
                found[setting.name] = Origin(value, source)
                break
        else:
            found[setting.name] = Origin(setting.default, "default")
    data = found["KAIMEDIA_DATA"]
    if data.source != "default" and found["KAIMEDIA_DATABASE_URL"].source == "default":
        found["KAIMEDIA_DATABASE_URL"] = Origin(f"sqlite:///{data.value}/{config_database.FILE_NAME}", "default")
    return found


def _layers(root: Path, environment: Mapping[str, str]) -> tuple[tuple[str, Mapping[str, str | None]], ...]:
    secrets = read_secrets(root / ".streamlit" / "secrets.toml", ".streamlit/secrets.toml")
    home: dict[str, str] = {}
    if folder := environment.get("HOME") or environment.get("USERPROFILE"):
        home = read_secrets(Path(folder) / ".streamlit" / "secrets.toml", HOME_SECRETS)
    return (
        ("environment", _without_copies(environment, {**home, **secrets})),
        (".env", read_dotenv(root / ".env")),
        ("secrets.toml", secrets),
        (HOME_SECRETS, home),
    )


def unknown_names(root: Path, environment: Mapping[str, str]) -> list[str]:
    """Names with our prefix that are not settings, from all sources: most likely typos.

    Raises:
        ConfigError: see `read_origins`.
    """
    layers = _layers(root, environment)
    ours = prefixes()
    found = {name for _, layer in layers for name in layer if name.startswith(ours)}
    return sorted(name for name in found if setting_of(name) is None)


def _without_copies(environment: Mapping[str, str], secrets: Mapping[str, str]) -> Mapping[str, str]:
    """The environment without what Streamlit copied into it from the secrets files: `.env` wins over those."""
    if "streamlit" not in sys.modules:
        return environment
    return {name: value for name, value in environment.items() if secrets.get(name) != value}
