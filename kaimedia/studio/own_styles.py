"""Saves a user's style as a TOML file, in the same format as one written by hand."""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import logging
import os
import re
import shutil
import tempfile
import unicodedata
from pathlib import Path

from pydantic import ValidationError

from kaimedia.errors import InvalidRequest, StoreError
from kaimedia.presets.example_images import images_of
from kaimedia.presets.preset import SLOT, Preset
from kaimedia.presets.reading import MAX_FILES, Presets, files

LOG = logging.getLogger(__name__)
MAX_ID_CHARS = 60  # characters of a file name


def same_named(known: Presets, folder: Path, name: str) -> Path | None:
    """The file in `folder` that a style of this name would replace; None when there is none."""
    path = _path(known, folder, one_line(name))
    return path if path.exists() else None


def save(
    known: Presets, folder: Path, name: str, text: str, *, replace: bool = False, image: bytes | None = None
) -> str:
    """Write a style and return its id. `text` may hold `{prompt}` once; without it, it is added after the prompt.

    `image` (a WebP) becomes its example image; if that cannot be written, the style is saved without it.
    Raises InvalidRequest for the field `name` or `text`, also when the style exists and `replace` is False; StoreError
    when the folder cannot be written.
    """
    name, text = one_line(name), text.strip()
    path = _path(known, folder, name)
    check(path.stem, name, text)
    if any(each.is_builtin and each.id == path.stem for each in known.items):
        raise InvalidRequest(f"Name: “{name}” is a built-in style.", field="name", next_step="Choose another name.")
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
    if image is not None:
        _write_image(path, image)
    return path.stem


def _write_image(style: Path, content: bytes) -> None:
    """Save the example image next to the style file, replacing any other there."""
    path = style.with_suffix(".webp")
    try:
        replace_file(path, content)
        for other in images_of(style):
            if other != path:
                other.unlink()
    except OSError as error:
        LOG.warning("example image of the style %s: %s", style.name, error)


def _write(folder: Path, path: Path, content: str, *, replace: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists() and len(files(folder)) >= MAX_FILES:
        raise InvalidRequest(
            f"Name: you already have {MAX_FILES} styles of your own, the most that can be used.",
            field="name",
            next_step="Delete one first.",
        )
    if not replace:
        with path.open("x", encoding="utf-8", newline="\n") as file:  # never overwrite a file created meanwhile
            file.write(content)
        return
    replace_file(path, content)


def replace_file(path: Path, content: str | bytes) -> None:
    """Write a file atomically; an existing one keeps its permissions. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)
        if path.exists():
            shutil.copymode(path, draft)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def one_line(name: str) -> str:
    """A name as it is stored: trimmed, with single spaces."""
    return " ".join(name.split())


def _path(known: Presets, folder: Path, name: str) -> Path:
    """The file of the style with this name, or the file for a new style."""
    same = next((each.id for each in known.items if each.name.casefold() == name.casefold()), None)
    return folder / f"{same or _free(_slug(name), {each.id for each in known.items})}.toml"


def _free(slug: str, taken: set[str]) -> str:
    """The slug, with a number appended where a style with another name has that file."""
    numbered = (f"{slug}-{number}" for number in itertools.count(2))
    return slug if slug not in taken else next(each for each in numbered if each not in taken)


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_ID_CHARS]
    return slug or f"style-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are valid TOML, and control characters were refused before."""
    return json.dumps(text, ensure_ascii=False)


def check(style_id: str, name: str, text: str) -> None:
    """Raise InvalidRequest for the field `name` or `text` if a style cannot have them."""
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
