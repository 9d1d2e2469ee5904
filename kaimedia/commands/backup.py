"""`python -m kaimedia backup`: the database while it is in use, and with `--to` the files beside it."""

from __future__ import annotations

import os
import shutil
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from kaimedia.commands.door import load_config
from kaimedia.commands.exits import Exit
from kaimedia.commands.output import answer_json, say
from kaimedia.config import Config
from kaimedia.errors import ConfigError, InvalidRequest, NotFound, StorageFull
from kaimedia.store.database import Database

_PART = ".part"
STALE_PART_S = 3600.0


@dataclass(slots=True)
class Copied:
    """What came of copying a folder: how many files are new, how many were there, bytes written, what vanished."""

    new: int = 0
    kept: int = 0
    bytes: int = 0
    gone: list[str] = field(default_factory=list)


def backup(chosen: Namespace) -> Exit:
    """Copy; opens neither the engine nor the provider, and migrates nothing."""
    if chosen.only and not chosen.to:
        raise InvalidRequest("--only goes with --to FOLDER.", field="only", next_step="Name the folder.")
    config = load_config()
    folder = Path(chosen.to).absolute() if chosen.to else None
    # Database first: whatever file its rows name exists before the copy of the files begins.
    database = None if chosen.only == "files" else _copy_database(config, folder)
    copied: dict[str, Copied] = {}
    if folder is not None and chosen.only != "database":
        for name, source in (("media", config.media_folder), ("references", config.data_folder / "references")):
            copied[name] = copy_files(source, folder / name)
    if chosen.json:
        files = {name: {"new": did.new, "already_there": did.kept, "bytes": did.bytes} for name, did in copied.items()}
        answer_json({"database": str(database) if database else None, "files": files})
    else:
        if database:
            print(f"database  {database}")
        for name, did in copied.items():
            print(f"{name:9} {folder}/{name}: {did.new} new ({did.bytes:,} bytes), {did.kept} already there")
    for name, did in copied.items():
        if did.gone:
            say(f"{len(did.gone)} of {name} were deleted while copying.")
    if folder is not None and config.secret_key is None:
        say("The key that encrypts the saved provider key is not part of a backup. Keep data/secret.key elsewhere.")
    return Exit.DONE


def _copy_database(config: Config, folder: Path | None) -> Path:
    database = Database(config.database_url, backup_folder=folder or config.data_folder / "backups")
    try:
        if database.file is not None and not database.file.is_file():
            raise NotFound("There is no database yet.", next_step="Start the app once; it makes one.")
        copy = database.back_up()
    finally:
        database.close()
    if copy is None:
        raise ConfigError(
            "A PostgreSQL database is copied by its own tools.",
            setting="KAIMEDIA_DATABASE_URL",
            next_step="Use pg_dump for the database, and `backup --to FOLDER --only files` for the files.",
        )
    return copy


def copy_files(source: Path, target: Path) -> Copied:
    """Bring `target` up to date with the files directly in `source`; nothing is removed from it.

    A kept file never changes its bytes, so one of the same name and size is not copied again.

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
                copied.kept += 1
                continue
            _copy_durably(file, there)
        except FileNotFoundError:  # deleted from the gallery for good this very moment
            copied.gone.append(file.name)
        except OSError as error:
            raise StorageFull(
                f"The backup stopped at {there}: {error.strerror}.",
                next_step="Make room or make the folder writable, and start it again: what is there is kept.",
            ) from error
        else:
            copied.new += 1
            copied.bytes += size_bytes
    return copied


def _sweep(target: Path) -> None:
    """Delete half files that a killed backup left; one that runs beside this one is younger."""
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
    """Under another name first, synced, then renamed: a backup holds no half files."""
    part = target.with_name(f".{target.name}{_PART}")
    with file.open("rb") as reading:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as writing:
                shutil.copyfileobj(reading, writing, 1024 * 1024)
                writing.flush()
                os.fsync(writing.fileno())
            shutil.copystat(file, part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
