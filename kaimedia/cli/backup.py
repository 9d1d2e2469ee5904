"""`python -m kaimedia backup`: copy the database while it is in use, and with `--to` the files too."""

from __future__ import annotations

import os
import shutil
import stat
import time
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, say
from kaimedia.cli.runner import load_config
from kaimedia.config import Config
from kaimedia.context import open_media
from kaimedia.errors import ConfigError, InvalidRequest, NotFound, ResultExpired, StorageFull
from kaimedia.media.names import is_input, is_ours
from kaimedia.media.storage import Files
from kaimedia.store.database.database import Database

_PART = ".part"
STALE_PART_S = 3600.0


@dataclass(slots=True)
class Copied:
    """The result of copying a folder. `deleted` names files that disappeared during the copy."""

    new: int = 0
    already_there: int = 0
    bytes: int = 0
    deleted: list[str] = field(default_factory=list)


def backup(args: Namespace) -> Exit:
    """Back up without opening the engine or the provider, and without migrating."""
    if args.only and not args.to:
        raise InvalidRequest("--only needs --to FOLDER.", field="only", next_step="Add --to FOLDER.")
    config = load_config()
    folder = Path(args.to).absolute() if args.to else None
    # Database first: every file its rows name then exists when the files are copied.
    database = None if args.only == "files" else _copy_database(config, folder)
    copied: dict[str, Copied] = {}
    if folder is not None and args.only != "database":
        storage = open_media(config)
        copied["media"] = copy_files(_stored(storage, is_ours), folder / "media")
        inputs = {each.name: each for each in _in_folder(config.data_folder / "references")}
        if storage.inputs is not None:  # this disk may be new
            inputs |= {each.name: each for each in _stored(storage.inputs, is_input) if each.name not in inputs}
        copied["references"] = copy_files(inputs.values(), folder / "references")
    if args.json:
        files = {
            name: {"new": did.new, "already_there": did.already_there, "bytes": did.bytes}
            for name, did in copied.items()
        }
        answer_json({"database": str(database) if database else None, "files": files})
    else:
        if database:
            print(f"database  {database}")
        for name, did in copied.items():
            print(f"{name:9} {folder}/{name}: {did.new} new ({did.bytes:,} bytes), {did.already_there} already there")
    for name, did in copied.items():
        if did.deleted:
            say(f"{len(did.deleted)} {name} files were deleted while copying.")
    if folder is not None and config.secret_key is None:
        say("The key that encrypts the saved provider key is not part of a backup. Keep data/secret.key elsewhere.")
    return Exit.DONE


def _copy_database(config: Config, folder: Path | None) -> Path:
    database = Database(config.database_url, backup_folder=folder or config.data_folder / "backups")
    try:
        if database.file is not None and not database.file.is_file():
            raise NotFound("There is no database yet.", next_step="Start the app once; it creates one.")
        copy = database.back_up()
    finally:
        database.close()
    if copy is None:
        raise ConfigError(
            "A PostgreSQL database is backed up with its own tools.",
            setting="KAIMEDIA_DATABASE_URL",
            next_step="Use pg_dump for the database, and `backup --to FOLDER --only files` for the files.",
        )
    return copy


@dataclass(frozen=True, slots=True)
class Source:
    """A file to copy. `open` raises ResultExpired or FileNotFoundError if it was deleted meanwhile."""

    name: str
    size_bytes: int
    modified_s: float
    open: Callable[[], BinaryIO]


def copy_files(sources: Iterable[Source], target: Path) -> Copied:
    """Copy new files to the folder `target`; nothing is removed from it.

    A stored file never changes, so a file of the same name and size is skipped.

    Raises:
        StorageFull: a file cannot be written.
        StorageUnavailable: the files cannot be read.
    """
    copied = Copied()
    _sweep(target)
    for source in sorted(sources, key=lambda each: each.name):
        there = target / source.name
        try:
            if there.is_file() and there.stat().st_size == source.size_bytes:
                copied.already_there += 1
                continue
            _copy_durably(source, there)
        except (FileNotFoundError, ResultExpired):  # permanently deleted during the copy
            copied.deleted.append(source.name)
        except OSError as error:
            raise StorageFull(
                f"The backup stopped at {there}: {error.strerror}.",
                next_step="Free some space or make the folder writable, then start again; it continues from here.",
            ) from error
        else:
            copied.new += 1
            copied.bytes += source.size_bytes
    return copied


def _sweep(target: Path) -> None:
    """Delete partial files left by a killed backup; those of a backup running now are newer."""
    oldest = time.time() - STALE_PART_S
    for part in target.glob(f".*{_PART}"):
        with suppress(FileNotFoundError):
            if part.lstat().st_mtime < oldest:
                part.unlink()


def _stored(files: Files, is_wanted: Callable[[str], bool]) -> Iterator[Source]:
    for name, facts in files.files().items():
        if is_wanted(name):
            yield Source(name, facts.size_bytes, facts.modified_at.timestamp(), partial(files.open, name))


def _in_folder(folder: Path) -> Iterator[Source]:
    for file in folder.iterdir() if folder.is_dir() else ():
        if file.name.startswith(".") or file.is_symlink():
            continue
        with suppress(FileNotFoundError):  # just deleted
            found = file.stat()
            if stat.S_ISREG(found.st_mode):
                yield Source(file.name, found.st_size, found.st_mtime, partial(_opened, file))


def _opened(file: Path) -> BinaryIO:
    return file.open("rb")


def _copy_durably(source: Source, target: Path) -> None:
    """Copy under a temporary name, sync, rename: a backup never holds partial files."""
    part = target.with_name(f".{target.name}{_PART}")
    with source.open() as opened:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as sink:
                shutil.copyfileobj(opened, sink, 1024 * 1024)
                sink.flush()
                os.fsync(sink.fileno())
            os.utime(part, (source.modified_s, source.modified_s))
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
