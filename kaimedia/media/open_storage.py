"""Opens the media storage that KAIMEDIA_MEDIA_URL names; the one place that knows which storages there are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kaimedia.errors import ConfigError
from kaimedia.media.local import LocalStorage
from kaimedia.media.read_cache import ReadCache
from kaimedia.media.storage import Storage
from kaimedia.media.temp_folder import TempFolder


def open_storage(
    url: str, data_folder: Path, options: Mapping[str, str], *, links_url: str | None = None, cache_bytes: int = 0
) -> Storage:
    """The storage at `url`, an absolute folder or an address; not accessed yet.

    A storage on another machine receives results in `data_folder` first; `options` are its credentials and the like,
    by the names of their settings. `links_url` is its address for browsers, if it is another; at most `cache_bytes` of
    it are kept in `data_folder` to be read again.

    Raises:
        ConfigError: no storage has such an address, or it is not usable.
    """
    scheme, mark, _ = url.partition("://")
    if not mark:
        return LocalStorage(Path(url))
    temps = TempFolder(data_folder, "KAIMEDIA_DATA")
    cache = ReadCache(data_folder.absolute() / "cache" / "media", cache_bytes) if cache_bytes else None
    if scheme == "s3":
        from kaimedia.media.s3 import S3Storage  # takes time to import

        return S3Storage(url, temps, options, links_url, cache)
    raise ConfigError(
        f"KAIMEDIA_MEDIA_URL starts with “{scheme}://”; it must be a folder, or s3://bucket/prefix.",
        setting="KAIMEDIA_MEDIA_URL",
    )


def link_origin(url: str, options: Mapping[str, str], links_url: str | None = None) -> str | None:
    """Scheme, host and port of the signed links of the storage at `url`; None if it has none. Makes no request.

    Raises:
        ConfigError: its address or one of its settings is not usable.
    """
    if not url.startswith("s3://"):
        return None
    from kaimedia.media.s3_links import S3Links  # takes time to import

    return S3Links(url, options, links_url).origin


def place_identity(url: str, options: Mapping[str, str]) -> tuple[str, str | None]:
    """What distinguishes the place at `url`: two with the same address may be on different servers.

    Two addresses of one place can differ in it.
    """
    if "://" not in url:
        return str(Path(url).resolve()), None
    return url, options.get("AWS_ENDPOINT_URL") if url.startswith("s3://") else None
