"""Puts files into a storage, for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from kaimedia.domain import Modality
from kaimedia.media import names
from kaimedia.media.storage import Storage

AT = datetime(2026, 11, 22, tzinfo=UTC)


def put(
    storage: Storage,
    data: bytes = b"bytes",
    ext: str = "png",
    *,
    modality: Modality = Modality.IMAGE,
    at: datetime = AT,
    key: str | None = None,
) -> str:
    """Store the bytes under a new name, or the one that `key` gives; returns it."""
    name = names.new_name(modality, at, ext, key)
    temp = storage.new_temp(".part")
    temp.write_bytes(data)
    storage.put(temp, name)
    assert not temp.exists()
    return name


def put_bytes(storage: Storage, name: str, data: bytes) -> None:
    """Store the bytes under that name, replacing what is there."""
    temp = storage.new_temp(".part")
    temp.write_bytes(data)
    storage.put(temp, name)
