"""Writing that survives a crash: sync the file, rename it, sync the folder; disk errors in our own words."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kaimedia.errors import StorageFull

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn what the disk says into an error of the house; any of it can be mended and the step repeated.

    Raises:
        StorageFull: no room, or the folder cannot be written; the sentence tells which.
    """
    try:
        yield
    except OSError as error:
        if is_no_room(error):
            raise StorageFull("The disk that holds the media is full.") from error
        raise StorageFull(
            f"The folder for files cannot be used: {os.strerror(error.errno or errno.EIO)}.",
            next_step="Check the folder and its rights, then try again; tasks under way go on by themselves.",
        ) from error


def is_no_room(error: BaseException | None) -> bool:
    """Whether an error of the disk means a lack of room, or a quota."""
    return isinstance(error, OSError) and error.errno in _NO_ROOM


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


def move_into_place(temp: Path, target: Path, *, more_follow: bool = False, mode: int = 0o644) -> None:
    """Make `temp` appear at `target` as a whole or not at all; both on one file system.

    With `more_follow` the folder is left for the last of them to sync. `mode` is what the file has from then on.
    """
    with disk_errors():
        sync_file(temp)
        temp.chmod(mode)
        temp.replace(target)
        if not more_follow:
            sync_folder(target.parent)
