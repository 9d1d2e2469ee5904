"""Renames, deletes and restores a user's styles: their TOML files with the example images next to them."""

from __future__ import annotations

import json
import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kaimedia.errors import Conflict, InvalidRequest, NotFound, StoreError
from kaimedia.presets.example_images import images_of
from kaimedia.presets.preset import Preset
from kaimedia.presets.reading import Presets
from kaimedia.studio.own_styles import check, one_line, replace_file

DELETED = "deleted"  # folder inside the style folder; its files are not read
_NAME_LINE = re.compile(r"""^([ \t]*name[ \t]*=[ \t]*)("(?:[^"\\\r\n]|\\.)*"|'[^'\r\n]*')""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DeletedStyle:
    """A deleted style, for `restore`."""

    style_id: str
    name: str


def rename(known: Presets, folder: Path, style_id: str, name: str) -> None:
    """Rename a user's style. The file keeps its own name and everything else in it.

    Raises:
        InvalidRequest: for the field `name`: empty, too long, or with control characters.
        Conflict: for the field `name`: another style has it.
        NotFound: the user has no style `style_id`.
        StoreError: the file cannot be written.
    """
    style, name = _own(known, style_id), one_line(name)
    check(style_id, name, style.prompt)
    if _has_another(known, style_id, name):
        raise Conflict(f"Name: there is a style “{name}” already.", field="name", next_step="Choose another name.")
    path = folder / f"{style_id}.toml"
    try:
        replace_file(path, _with_name(path, name))
    except FileNotFoundError as error:
        raise _missing() from error
    except OSError as error:
        raise _not_written("renamed", folder, error) from error


def delete(known: Presets, folder: Path, style_id: str) -> DeletedStyle:
    """Move a user's style and its images to the folder `deleted`, replacing one with the same id there.

    Raises:
        NotFound: the user has no style `style_id`.
        StoreError: the folder cannot be written; nothing has moved.
    """
    style = _own(known, style_id)
    path, bin_folder = folder / f"{style_id}.toml", folder / DELETED
    try:
        bin_folder.mkdir(exist_ok=True)
        moved = {each.name for each in _move(path, bin_folder)}
        for earlier in images_of(bin_folder / path.name):
            if earlier.name not in moved:
                earlier.unlink()
    except FileNotFoundError as error:
        raise _missing() from error
    except OSError as error:
        raise _not_written("deleted", folder, error) from error
    return DeletedStyle(style_id, style.name)


def restore(known: Presets, folder: Path, deleted: DeletedStyle) -> None:
    """Undo a delete.

    Raises:
        Conflict: for the field `name`: another style now has the name or the file.
        NotFound: it is no longer in the folder `deleted`.
        StoreError: the folder cannot be written; nothing has moved.
    """
    path = folder / f"{deleted.style_id}.toml"
    if path.exists() or _has_another(known, deleted.style_id, deleted.name):
        raise Conflict(
            f"“{deleted.name}” cannot be restored: there is another style with that name now.",
            field="name",
            next_step="Rename that one, then try again.",
        )
    try:
        _move(folder / DELETED / path.name, folder)
    except FileNotFoundError as error:
        raise _missing() from error
    except OSError as error:
        raise _not_written("restored", folder, error) from error


def _own(known: Presets, style_id: str) -> Preset:
    style = next((each for each in known.items if each.id == style_id and not each.is_builtin), None)
    if style is None:
        raise _missing()
    return style


def _has_another(known: Presets, style_id: str, name: str) -> bool:
    return any(each.id != style_id and each.name.casefold() == name.casefold() for each in known.items)


def _with_name(path: Path, name: str) -> str:
    """The file's text with another name and everything else unchanged."""
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    try:
        wanted = {**tomllib.loads(text), "name": name}
    except ValueError as error:
        raise InvalidRequest(f"Name: {path.name} can no longer be read.", field="name") from error
    for found in _NAME_LINE.finditer(text):  # a match inside another string is rejected by the comparison below
        changed = f"{text[: found.end(1)]}{json.dumps(name, ensure_ascii=False)}{text[found.end() :]}"
        with suppress(tomllib.TOMLDecodeError):
            if tomllib.loads(changed) == wanted:
                return changed
    raise InvalidRequest(
        f"Name: {path.name} has its name in a form that cannot be changed here.",
        field="name",
        next_step=f"Change it in the file {path}.",
    )


def _move(style: Path, to: Path) -> list[Path]:
    """Move a style, its images first: a style without an image still works. All or nothing; returns the moved files."""
    if not style.exists():
        raise FileNotFoundError(style)
    moved: list[Path] = []
    try:
        for path in (*images_of(style), style):
            path.replace(to / path.name)
            moved.append(path)
    except OSError:
        for path in moved:
            with suppress(OSError):
                (to / path.name).replace(path)
        raise
    return moved


def _missing() -> NotFound:
    return NotFound("This style no longer exists.", next_step="It was deleted or moved elsewhere; open the list again.")


def _not_written(done: str, folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"The style cannot be {done}: {error.strerror or 'the folder cannot be written'}.",
        next_step=f"Make the folder {folder} writable, then try again.",
    )
