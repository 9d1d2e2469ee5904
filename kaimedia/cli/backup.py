"""`python -m kaimedia backup`: copy the database while it is in use, and with `--to` the files too."""

from __future__ import annotations

import os
import shutil
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, say
from kaimedia.cli.runner import load_config
from kaimedia.config import Config
from kaimedia.errors import ConfigError, InvalidRequest, NotFound, StorageFull
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
        for name, source in (("media", config.media_folder), ("references", config.data_folder / "references")):
            copied[name] = copy_files(source, folder / name)
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


def copy_files(source: Path, target: Path) -> Copied:
    """Copy new files directly in `source` to `target`; nothing is removed from `target`.

    A stored file never changes, so a file of the same name and size is skipped.

    Raises:
        StorageFull: a file cannot be written.
    """
    copied = Copied()
    _sweep(target)
    for file in sorted(_files(source)):
        there = target / file.name
        try:
            size_bytes = file.stat().st_size
            if there.is_file() and there.stat().st_size == size_bytes:
                copied.already_there += 1
                continue
            _copy_durably(file, there)
        except FileNotFoundError:  # permanently deleted during the copy
            copied.deleted.append(file.name)
        except OSError as error:
            raise StorageFull(
                f"The backup stopped at {there}: {error.strerror}.",
                next_step="Free some space or make the folder writable, then start again; it continues from here.",
            ) from error
        else:
            copied.new += 1
            copied.bytes += size_bytes
    return copied


def _sweep(target: Path) -> None:
    """Delete partial files left by a killed backup; those of a backup running now are newer."""
    oldest = time.time() - STALE_PART_S
    for part in target.glob(f".*{_PART}"):
        with suppress(FileNotFoundError):
            if part.lstat().st_mtime < oldest:
                part.unlink()


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (file for file in folder.iterdir() if not file.name.startswith(".") and _is_plain(file))


def _is_plain(file: Path) -> bool:
    return file.is_file() and not file.is_symlink()


def _copy_durably(file: Path, target: Path) -> None:
    """Copy under a temporary name, sync, rename: a backup never holds partial files."""
    part = target.with_name(f".{target.name}{_PART}")
    with file.open("rb") as source:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as sink:
                shutil.copyfileobj(source, sink, 1024 * 1024)
                sink.flush()
                os.fsync(sink.fileno())
            shutil.copystat(file, part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
