"""Signed links of the configured media storage: where they lead, and whether they work."""

from __future__ import annotations

from kaimedia.config import SIGNED, Config
from kaimedia.finding import Finding
from kaimedia.media.open_storage import link_origin


def link_origin_of(config: Config) -> str | None:
    """Scheme, host and port that browsers load media from besides the app, None if that is not so. Makes no request.

    Raises:
        ConfigError: a setting of the storage is not usable.
    """
    if config.media_links != SIGNED:
        return None
    return link_origin(config.media_url, config.storage_options(), config.media_links_url)


def media_links(config: Config) -> Finding:
    """What the check of KAIMEDIA_MEDIA_LINKS=signed has found, tried from this machine.

    Raises:
        StorageUnavailable: a link does not work.
        ConfigError: a setting of the storage is not usable.
    """
    from kaimedia.context import open_media  # takes time to import

    origin = link_origin_of(config)
    if origin is None:
        return Finding("media links", True, "this storage has none, or no key for it is set: the app streams the files")
    if origin.startswith("http://") and (config.public_url or "").startswith("https://"):
        return Finding(
            "media links",
            False,
            f"pages come over HTTPS and links lead to {origin}, which browsers block",
            "Give the bucket HTTPS and set KAIMEDIA_MEDIA_LINKS_URL to its https address, or set "
            "KAIMEDIA_MEDIA_LINKS=stream.",
        )
    open_media(config).check_links()
    return Finding("media links", True, f"a signed link to {origin} works from this machine")
