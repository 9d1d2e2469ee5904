"""Changes the list of models of a running sandbox."""

from __future__ import annotations

import json
import urllib.request

from kaimedia.sandbox.embedded import EmbeddedSandbox

KLING = "kling/v2-5-turbo-text-to-video-pro"
LUMEN = "acme/lumen-2"


def change_list(sandbox: EmbeddedSandbox, removed: tuple[str, ...] = (), **added: str) -> None:
    """Take ids out of the list, and add products of acme (`lumen_2` is "acme/lumen-2"), each like a known id."""
    body = {"removed": removed, "added": {f"acme/{name.replace('_', '-')}": like for name, like in added.items()}}
    request = urllib.request.Request(
        f"{sandbox.base_url}/_sandbox/models", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request).close()
