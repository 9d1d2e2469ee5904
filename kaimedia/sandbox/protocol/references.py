"""Find a task's inputs: the sandbox's uploads, or links on this machine."""

from __future__ import annotations

import asyncio
import hashlib
from functools import partial
from pathlib import Path

from kaimedia.sandbox.background import in_background
from kaimedia.sandbox.protocol.fetching import Unreachable, fetch
from kaimedia.sandbox.protocol.uploads import Uploads

_TIMEOUT_S = 30.0
_LIMIT_BYTES = 104_857_600


class References:
    """Fetched files are stored in `folder` under the hash of their link."""

    def __init__(self, uploads: Uploads, folder: Path) -> None:
        self._uploads = uploads
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def find(self, urls: tuple[str, ...], now: float) -> list[Path] | None:
        """The files behind the links, in order; None if one of them is unreachable."""
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
            content = await in_background(partial(fetch, url, timeout_s=_TIMEOUT_S, limit_bytes=_LIMIT_BYTES))
        except Unreachable:
            return None
        await asyncio.to_thread(path.write_bytes, content)
        return path
