"""Writes that survive a crash: sync the file, rename it, sync the folder. Translates disk errors."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kaimedia.errors import StorageFull

_OUT_OF_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn an OSError into an error of the app; all of them can be fixed and the step retried.

    Raises:
        StorageFull: no space, or the folder cannot be written; the message says which.
    """
    try:
        yield
    except OSError as error:
        if is_out_of_space(error):
            raise StorageFull("The disk that holds the media is full.") from error
        raise StorageFull(
            f"The folder for files cannot be used: {os.strerror(error.errno or errno.EIO)}.",
            next_step="Check the folder and its permissions, then try again; running tasks resume automatically.",
        ) from error


def is_out_of_space(error: BaseException | None) -> bool:
    """Whether a disk error means that space or a quota is used up."""
    return isinstance(error, OSError) and error.errno in _OUT_OF_SPACE


def sync_file(path: Path) -> None:
    """Wait until the file's bytes are on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the folder's entries are on the disk (a no-op where folders cannot be opened)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def move_into_place(temp: Path, target: Path, *, defer_sync: bool = False, mode: int = 0o644) -> None:
    """Rename `temp` to `target` atomically; both are on one file system.

    With `defer_sync` the folder is not synced: the last file of a group does that. `mode` becomes the file's mode.
    """
    with disk_errors():
        sync_file(temp)
        temp.chmod(mode)
        temp.replace(target)
        if not defer_sync:
            sync_folder(target.parent)
