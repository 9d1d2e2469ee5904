"""Where clients find our files."""

from __future__ import annotations

from kaimedia import bootstrap


def media_url(name: str | None, *, download: bool = False) -> str | None:
    """The address of a stored file from the root of this host, None when there is none."""
    if not name:
        return None
    address = f"/static/media/{bootstrap.media_address(name)}"
    if not download:
        return address
    return f"{address}{'&' if '?' in address else '?'}download=1"
