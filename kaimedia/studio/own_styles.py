"""Writes a person's own style as a TOML file, the same kind of file that may be written by hand."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import tempfile
import unicodedata
from pathlib import Path

from pydantic import ValidationError

from kaimedia.errors import InvalidRequest, StoreError
from kaimedia.presets.preset import SLOT, Preset
from kaimedia.presets.reading import MOST_FILES, Presets, files

MOST_ID = 60  # characters of a file's name


def same_named(known: Presets, folder: Path, name: str) -> Path | None:
    """The file in `folder` that a style of this name would replace; None when there is none."""
    path = _path(known, folder, " ".join(name.split()))
    return path if path.exists() else None


def save(known: Presets, folder: Path, name: str, text: str, *, replace: bool = False) -> str:
    """Write a style and return its id. `text` may hold `{prompt}` once; without it, it follows the person's text.

    Raises InvalidRequest for the field `name` or `text`, also when the style exists and `replace` is False; StoreError
    when the folder cannot be written.
    """
    name, text = " ".join(name.split()), text.strip()
    path = _path(known, folder, name)
    _check(path.stem, name, text)
    if any(each.is_ours and each.id == path.stem for each in known.items):
        raise InvalidRequest(
            f"Name: “{name}” is a style that ships with the product.", field="name", next_step="Choose another name."
        )
    key = "prompt" if SLOT in text else "suffix"
    content = f"name = {_quoted(name)}\n{key} = {_quoted(text)}\n"
    try:
        _write(folder, path, content, replace=replace)
    except FileExistsError as error:
        raise InvalidRequest(
            f"Name: there is a style “{name}” already.", field="name", next_step="Replace it or choose another name."
        ) from error
    except OSError as error:
        raise StoreError(
            f"The style cannot be saved: {error.strerror or 'the folder cannot be written'}.",
            next_step=f"Make the folder {folder} writable, then save again.",
        ) from error
    return path.stem


def _write(folder: Path, path: Path, content: str, *, replace: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists() and len(files(folder)) >= MOST_FILES:
        raise InvalidRequest(
            f"Name: there are {MOST_FILES} styles of your own, and no more are read.",
            field="name",
            next_step="Delete one first.",
        )
    if not replace:
        with path.open("x", encoding="utf-8", newline="\n") as file:  # never over a file that came in between
            file.write(content)
        return
    handle, draft = tempfile.mkstemp(dir=folder, suffix=".part")
    try:
        os.close(handle)
        Path(draft).write_text(content, encoding="utf-8", newline="\n")
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


def _path(known: Presets, folder: Path, name: str) -> Path:
    """The file of the style that has this name, or the one a new style gets."""
    same = next((each.id for each in known.items if each.name.casefold() == name.casefold()), None)
    return folder / f"{same or _slug(name)}.toml"


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MOST_ID]
    return slug or f"style-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's, and control characters were refused before."""
    return json.dumps(text, ensure_ascii=False)


def _check(style_id: str, name: str, text: str) -> None:
    if not name:
        raise InvalidRequest("Name: give the style a name.", field="name", next_step="Up to 40 characters.")
    if not text:
        raise InvalidRequest(
            "Prompt: there is no text to save.", field="text", next_step="Write the style into the prompt field first."
        )
    whole = text if SLOT in text else f"{SLOT}. {text}"
    try:
        Preset.model_validate({"id": style_id, "name": name, "prompt": whole})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        reason = str(first["msg"]).removeprefix("Value error, ")
        if first["loc"] == ("name",):
            reason = "has more than 40 characters" if first["type"] == "string_too_long" else reason
            raise InvalidRequest(f"Name: it {reason}.", field="name") from error
        raise InvalidRequest(f"Prompt: it {reason}.", field="text") from error
