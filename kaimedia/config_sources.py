"""Where the values of settings come from, in order: environment, `.env`, `.streamlit/secrets.toml`, default."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kaimedia import config_database, config_examples
from kaimedia.config_files import read_dotenv, read_secrets
from kaimedia.config_settings import all_settings, prefixes, setting_of

HOME_SECRETS = "~/.streamlit/secrets.toml"
# What Kubernetes sets in each container for a Service whose name begins like our settings.
_OF_KUBERNETES = re.compile(r"_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?)$")
Layers = tuple[tuple[str, Mapping[str, str | None]], ...]  # names of sources, and what they have, the first wins


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
    return _origins(_layers(root, environment))


def read_with_unknown(root: Path, environment: Mapping[str, str]) -> tuple[dict[str, Origin], list[str]]:
    """See `read_origins` and `unknown_names`; reads the files once."""
    layers = _layers(root, environment)
    return _origins(layers), _unknown(layers)


def _origins(layers: Layers) -> dict[str, Origin]:
    found: dict[str, Origin] = {}
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


def _layers(root: Path, environment: Mapping[str, str]) -> Layers:
    secrets, auth = read_secrets(root / ".streamlit" / "secrets.toml", ".streamlit/secrets.toml")
    home: dict[str, str] = {}
    home_auth: object = None
    if folder := environment.get("HOME") or environment.get("USERPROFILE"):
        home, home_auth = read_secrets(Path(folder) / ".streamlit" / "secrets.toml", HOME_SECRETS)
    layers: Layers = (
        ("environment", _without_copies(environment, {**home, **secrets})),
        (".env", read_dotenv(root / ".env")),
        ("secrets.toml", secrets),
        (HOME_SECRETS, home),
    )
    values = ((layer.get("KAIMEDIA_ACCESS") or "").strip() for _, layer in layers)
    if next(filter(None, values), "") == "login":  # otherwise nobody uses these tables, or only another app does
        config_examples.refuse_in_sign_in(auth)
        config_examples.refuse_in_sign_in(home_auth)
    return layers


def unknown_names(root: Path, environment: Mapping[str, str]) -> list[str]:
    """Names with our prefix that are not settings, from all sources: most likely typos.

    Raises:
        ConfigError: see `read_origins`.
    """
    return _unknown(_layers(root, environment))


def unknown_text(name: str) -> str:
    """A sentence about an unknown name, with the setting that is most likely meant."""
    prefix = next((each for each in prefixes() if name.startswith(each)), "")  # would make all names alike
    known = [setting.name.removeprefix(prefix) for setting in all_settings() if setting.name.startswith(prefix)]
    close = difflib.get_close_matches(name.removeprefix(prefix), known, n=1)
    return f"{name} is unknown; did you mean {prefix}{close[0]}?" if close else f"{name} is unknown and has no effect."


def _unknown(layers: Layers) -> list[str]:
    ours = prefixes()
    found = {name for _, layer in layers for name in layer if name.startswith(ours)}
    return sorted(name for name in found if setting_of(name) is None and not _OF_KUBERNETES.search(name))


def _without_copies(environment: Mapping[str, str], secrets: Mapping[str, str]) -> Mapping[str, str]:
    """The environment without what Streamlit copied into it from the secrets files: `.env` wins over those."""
    if "streamlit" not in sys.modules:
        return environment
    return {name: value for name, value in environment.items() if secrets.get(name) != value}
