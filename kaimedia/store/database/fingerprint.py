"""Fingerprints of a database: facts that distinguish it from its copies.

A file is identified by its inode and the inode's creation time: both stay the same when the file is written or
renamed, and change when it is copied or restored. A PostgreSQL database is identified by its server's identifier, its
number on that server, and the timeline, which changes when the server is restored to an earlier state.

Not detected: a block-level image of the whole disk, started on a machine with the same machine id.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

Fingerprint = dict[str, str]

_AT_FDCWD = -100
_STATX_BTIME = 0x800
_STATX_SIZE = 256
_BTIME_AT = 80  # offset of `stx_btime` in `struct statx`, see statx(2)
_POSTGRES = (
    ("database", "SELECT oid::text FROM pg_database WHERE datname = current_database()"),
    ("server", "SELECT system_identifier::text FROM pg_control_system()"),
    ("timeline", "SELECT timeline_id::text FROM pg_control_checkpoint()"),
)


def of_file(file: Path) -> Fingerprint:
    """The fingerprint of a SQLite file; facts the system does not provide are left out.

    Raises:
        OSError: The file does not exist.
    """
    stat = file.stat()
    facts = {"inode": str(stat.st_ino), "path": str(file.absolute())}
    if (born_ns := _born_ns(file, stat)) is not None:
        facts["born_ns"] = str(born_ns)
    if machine := _machine_id():
        facts["machine"] = machine
    return facts


def of_server(session: Session) -> Fingerprint:
    """The fingerprint of a PostgreSQL database; facts this user may not read are left out."""
    facts: Fingerprint = {}
    for name, statement in _POSTGRES:
        with suppress(DBAPIError), session.begin_nested():
            if value := session.execute(text(statement)).scalar():
                facts[name] = str(value)
    return facts


def is_same(stored: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether both are the same database. Facts missing in one are ignored; a renamed file is the same file."""
    return all(stored[name] == now[name] for name in stored.keys() & now.keys() if name != "path")


def _born_ns(file: Path, stat: os.stat_result) -> int | None:
    """When the inode was created, in nanoseconds; Python on Linux provides this only from 3.15 on."""
    born_s = getattr(stat, "st_birthtime", None)
    if born_s is not None:
        return int(born_s * 1e9)
    if not sys.platform.startswith("linux"):
        return None
    buffer = ctypes.create_string_buffer(_STATX_SIZE)
    try:
        statx = ctypes.CDLL(None).statx
    except (AttributeError, OSError):  # a C library without it
        return None
    if statx(_AT_FDCWD, os.fsencode(file), 0, _STATX_BTIME, buffer) != 0:
        return None
    data = buffer.raw
    mask = int.from_bytes(data[0:4], sys.byteorder)
    if not mask & _STATX_BTIME:
        return None
    seconds = int.from_bytes(data[_BTIME_AT : _BTIME_AT + 8], sys.byteorder, signed=True)
    return seconds * 1_000_000_000 + int.from_bytes(data[_BTIME_AT + 8 : _BTIME_AT + 12], sys.byteorder)


def _machine_id() -> str | None:
    for file in (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id")):
        with suppress(OSError):
            if machine := file.read_text(encoding="ascii", errors="replace").strip():
                return machine
    return None
