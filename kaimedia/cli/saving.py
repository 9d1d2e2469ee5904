"""`-o`: copy results to where the user wants them. The originals stay in the gallery."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from kaimedia.cli.output import say
from kaimedia.domain import Media
from kaimedia.errors import InvalidRequest, NotFound, ResultExpired, StorageFull
from kaimedia.media.names import download_name
from kaimedia.media.storage import Storage

STDOUT = "-"


def check_target(output: str, count: int, *, as_json: bool) -> None:
    """Check, before anything is paid, that the results can be written there.

    Raises:
        InvalidRequest: the folder is missing or not writable, the file name is invalid, or stdout would carry more than
            one thing.
    """
    if output == STDOUT:
        if as_json:
            raise InvalidRequest("The file and JSON cannot both go to stdout.", field="output")
        if count > 1:
            raise InvalidRequest("Only a single result can go to stdout; use a file or a folder.", field="output")
        return
    try:
        _check_place(output)
        for number in {1, count}:
            if not Path(output).is_dir():
                _check_name(_numbered(Path(output), number).resolve())
    except (OSError, ValueError) as error:  # the name is too long or has invalid characters
        reason = getattr(error, "strerror", None) or "invalid file name"
        raise InvalidRequest(f"The result cannot be written there: {reason}.", field="output") from error


def _check_place(output: str) -> None:
    target = Path(output)
    if output.endswith(os.sep) and not target.is_dir():
        raise InvalidRequest(f"There is no folder {output}.", field="output")
    folder = target if target.is_dir() else target.parent
    if not folder.is_dir():
        raise InvalidRequest(f"There is no folder {folder}.", field="output")
    if target.is_file() or not target.exists() or target.is_dir():
        if not os.access(folder, os.W_OK | os.X_OK):
            raise InvalidRequest(f"The folder {folder} is not writable.", field="output")
    elif not os.access(target, os.W_OK):
        raise InvalidRequest(f"{target} is not writable.", field="output")


def _check_name(target: Path) -> None:
    """Create the file and delete it again: only the file system knows which names are valid."""
    if target.exists():
        return
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    target.unlink()


def save(media: Sequence[Media], storage: Storage, output: str) -> list[str]:
    """Copy the files of `media` to `output`; return the absolute paths of the copies.

    Raises:
        NotFound: the files were deleted.
        StorageFull: the copy cannot be written.
        StorageUnavailable: the media storage does not respond.
    """
    items = [item for item in media if item.filename]
    if not items:
        raise NotFound("There is no file to copy: the results were deleted from the gallery.")
    targets = [Path(output) / download_name(item.prompt, item.filename or "") for item in items]
    if output != STDOUT and not Path(output).is_dir():
        targets = [_numbered(Path(output), number) for number in range(1, len(items) + 1)]
    written = []
    for item, target in zip(items, targets, strict=True):
        name = item.filename or ""
        try:
            opened = storage.open(name)
        except ResultExpired as error:
            raise NotFound(f"The file {name} is no longer in the media storage.") from error
        with opened as source:
            try:
                _copy(source, None if output == STDOUT else target)
            except BrokenPipeError:
                raise
            except OSError as error:
                raise StorageFull(
                    f"{target} cannot be written: {error.strerror}.",
                    next_step="The result is safe in the gallery; `get -o` copies it elsewhere.",
                ) from error
        if output != STDOUT:
            _warn_about_extension(target, name)
            written.append(str(target.absolute()))
    return written


def _copy(source: BinaryIO, target: Path | None) -> None:
    """Files are written completely or not at all; stdout, devices and pipes are written directly."""
    if target is None:
        shutil.copyfileobj(source, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    elif target.exists() and not target.is_file():
        with target.open("wb") as sink:
            shutil.copyfileobj(source, sink)
    else:
        real = target.resolve()
        part = real.with_name(f".kaimedia-{os.getpid()}-{secrets.token_hex(4)}.part")  # short, even if the name is long
        try:
            with part.open("wb") as sink:
                shutil.copyfileobj(source, sink)
            part.replace(real)
        finally:
            part.unlink(missing_ok=True)


def _numbered(target: Path, number: int) -> Path:
    return target if number == 1 else target.with_name(f"{target.stem}-{number}{target.suffix}")


def _warn_about_extension(target: Path, name: str) -> None:
    typed, actual = target.suffix.lower().replace(".jpeg", ".jpg"), Path(name).suffix
    if typed and typed != actual and target.is_file():
        say(f"Note: {target.name} is actually a {actual[1:].upper()} file.")
