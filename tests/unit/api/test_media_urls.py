"""The URLs of a page's files are those of each single file."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kaimedia import runtime
from kaimedia.api.addresses import media_url, media_urls
from kaimedia.security.access import LOCAL, LOGIN, OPEN

NAMES = (None, "", "image_20261122T000000Z_dbb529bcca12483b8b0b10a95ce5d138.png")


@pytest.mark.parametrize("mode", [LOCAL, OPEN, LOGIN])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("download", [False, True])
def test_they_are_the_same(monkeypatch: pytest.MonkeyPatch, mode: str, name: str | None, download: bool) -> None:
    signer = SimpleNamespace(query=lambda name, sign_in: f"signed={name[:5]}")
    monkeypatch.setattr(runtime, "access", lambda: SimpleNamespace(mode=mode))
    monkeypatch.setattr(runtime, "context", lambda: SimpleNamespace(signer=signer))
    made = media_urls()(name, download=download)
    assert made == media_url(name, download=download)
    assert bool(made) == bool(name) and (made is None or ("signed=" in made) == (mode == LOGIN))
