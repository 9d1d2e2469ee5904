"""Finding the pictures a task refers to: our own uploads, or links on this machine."""

from __future__ import annotations

import asyncio
import hashlib
from functools import partial
from pathlib import Path

from kaimedia.sandbox.aside import aside
from kaimedia.sandbox.fetching import Unreachable, fetch
from kaimedia.sandbox.uploads import Uploads

_TIMEOUT_S = 30.0
_LIMIT_BYTES = 26_214_400


class References:
    """What is fetched is kept in `folder` under the hash of its link."""

    def __init__(self, uploads: Uploads, folder: Path) -> None:
        self._uploads = uploads
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def find(self, urls: tuple[str, ...], now: float) -> list[Path] | None:
        """The files behind the links, in order; None when one of them cannot be reached."""
        found: list[Path] = []
        for url in urls:
            path = self._uploads.find_link(url, now) or await self._fetched(url)
            if path is None:
                return None
            found.append(path)
        return found

    async def _fetched(self, url: str) -> Path | None:
        path = self._folder / hashlib.sha256(url.encode()).hexdigest()
        try:
            content = await aside(partial(fetch, url, timeout_s=_TIMEOUT_S, limit_bytes=_LIMIT_BYTES))
        except Unreachable:
            return None
        await asyncio.to_thread(path.write_bytes, content)
        return path
