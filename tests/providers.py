"""For tests of several providers: kie.ai's models, keys of the others, and services that stand in for them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import ThreadingHTTPServer

from kaimedia.config import Config
from kaimedia.config_sources import Origin
from kaimedia.domain import ProviderName
from kaimedia.models import catalogue
from kaimedia.providers import registry
from kaimedia.providers.base import ProviderEntry
from kaimedia.providers.registry import with_setting_keys

# For tests of kie.ai's wire formats and of the sandbox, which speaks them.
KIE_MODELS = tuple(spec for spec in catalogue.MODELS if spec.provider == ProviderName.KIE)


def with_keys(config: Config) -> Config:
    """The settings with a key for every provider whose key is a setting: tasks of all models can be queued."""
    keys = {
        entry.key_setting: Origin(f"key-of-{entry.name}-0123456789", "environment") for entry in with_setting_keys()
    }
    return replace(config, origins={**config.origins, **keys})


@contextmanager
def standing_in(entry: ProviderEntry, server: ThreadingHTTPServer) -> Iterator[None]:
    """Run a server, and have the product reach this provider there."""
    url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    registry.register(replace(entry, account=replace(entry.account, url=url, upload_url=url)))
    try:
        yield
    finally:
        registry.register(entry)
        server.shutdown()
        server.server_close()
