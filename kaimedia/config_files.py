"""Reads the settings files as text and tables, in the encodings that editors and shells write.

A file is either read or reported with what is wrong with it. Encodings are never guessed: a key or a password with
a wrong character would be sent.
"""

from __future__ import annotations

import codecs
import io
import logging
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from kaimedia.config_settings import is_meant_for_us, prefixes
from kaimedia.errors import ConfigError

log = logging.getLogger(__name__)

MAX_BYTES = 1_000_000
# Longer marks first: the UTF-32 mark starts with the UTF-16 one.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAVE = "Save it as UTF-8 (in PowerShell: Set-Content -Encoding utf8)."
_CORRECT = "Correct it in Secrets (on your own server: in the file), save, then reboot the app."
_LINE = re.compile(r"at line (\d+)")  # in the TOML parser's message


def read_text(path: Path, name: str) -> str | None:
    """The text of a settings file, None when there is none; `name` is its name in messages.

    UTF-8 with or without a byte order mark, UTF-16 and UTF-32 with one.

    Raises:
        ConfigError: it exists but cannot be read, or is not text in one of these encodings.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError:
        raise _wrong(name, "is a folder", "Put a file in its place, or remove it.") from None
    except OSError as error:
        raise _wrong(name, f"cannot be read ({error.strerror})", "Make it readable for this program.") from error
    if len(data) > MAX_BYTES:
        raise _wrong(name, "is larger than a settings file can be", "Put a smaller file in its place.")
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _wrong(name, f"is not {encoding.removesuffix('-sig').upper()} text (line {line})", _SAVE) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise _wrong(name, f"contains a NUL character (line {line})", _SAVE)
    return text


def read_dotenv(path: Path, name: str = ".env") -> dict[str, str | None]:
    """The names and values of a `.env` file; {} when there is none.

    Raises:
        ConfigError: see `read_text`; or a line with one of our names cannot be read.
    """
    text = read_text(path, name)
    if text is None:
        return {}
    for binding in parse_stream(io.StringIO(text)):
        line = binding.original.string.strip()
        if not binding.error or not line or line.startswith("#"):
            continue
        if any(mark in line for mark in prefixes()):
            number = binding.original.line
            raise _wrong(name, f"cannot be read from line {number} on", "Write NAME=value, with both quotes or none.")
        log.warning("%s: line %d is not NAME=value and is ignored", name, binding.original.line)
    return dotenv_values(stream=io.StringIO(text))


def read_toml(path: Path, name: str) -> dict[str, Any]:
    """The tables of a TOML file; {} when there is none.

    Raises:
        ConfigError: see `read_text`; or it is not TOML.
    """
    text = read_text(path, name)
    if text is None:
        return {}
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))  # without one, the error is at the end
        number = int(found[1]) if found else len(text.rstrip().splitlines())
        raise ConfigError(
            f"Line {number} of {name} cannot be read: text needs quotes, and each name may appear only once.",
            setting=name,
            next_step=_CORRECT,
        ) from None
    except RecursionError:
        raise _wrong(name, "is nested too deeply", "Correct it.") from None


def read_secrets(path: Path, name: str) -> tuple[dict[str, str], object]:
    """Our settings at the root of a secrets file, and its table `[auth]` or None; a list of strings is a comma list.

    Raises:
        ConfigError: see `read_toml`; or one of our settings is inside a table, where it has no effect, or its value
            is neither text nor a number.
    """
    tables = read_toml(path, name)
    for table, key in _inside(tables):
        raise ConfigError(
            f"{key} is below [{table}] in {name}; move it above [{next(_tables(tables))}].",
            setting=key,
            next_step=_CORRECT,
        )
    ours = {key: _text(key, value, name) for key, value in tables.items() if is_meant_for_us(key)}
    return ours, tables.get("auth")


def _tables(tables: Mapping[str, Any]) -> Iterator[str]:
    return (key for key, value in tables.items() if isinstance(value, dict | list) and not key.startswith(prefixes()))


def _inside(tables: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Our settings below the root, with the table they are in."""
    for key, value in tables.items():
        if path and key.startswith(prefixes()):
            yield ".".join(path), key
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, dict):
                yield from _inside(each, (*path, key))


def _text(key: str, value: Any, name: str) -> str:
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ",".join(value)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str | int | float):
        return str(value)
    raise ConfigError(f"{key} in {name} must be text in quotes, or a number.", setting=key, next_step=_CORRECT)


def _wrong(name: str, what: str, next_step: str) -> ConfigError:
    return ConfigError(f"{name} {what}.", setting=name, next_step=f"{next_step} Then start again.")
