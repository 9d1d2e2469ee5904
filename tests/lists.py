"""Changes the list of models, and the price list, of a running sandbox."""

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


def change_prices(sandbox: EmbeddedSandbox, factors: dict[str, float]) -> None:
    """Multiply the prices of these ids in the price list; all others are those of the catalog."""
    request = urllib.request.Request(
        f"{sandbox.base_url}/_sandbox/prices",
        json.dumps({"factors": factors}).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request).close()
