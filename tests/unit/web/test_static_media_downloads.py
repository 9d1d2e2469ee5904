"""Media over HTTP: names of downloads, and folders and files that are missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.applications import Starlette

from kaimedia.domain import Modality
from kaimedia.errors import ConfigError
from kaimedia.media.local import LocalStorage
from kaimedia.media.storage import Storage
from kaimedia.web.static_media import MediaFiles
from tests.unit.media import samples
from tests.unit.web.static_media import PREFIXES, Client, put


def test_downloads_have_a_readable_name(client: Client, storage: LocalStorage) -> None:
    name = put(storage, samples.encoded(), Modality.IMAGE, "png")
    short = name[23:31]
    got = client.get(f"{PREFIXES[0]}{name}?download=1&name=evil.exe")
    assert got.headers["content-disposition"] == f'attachment; filename="image-{short}.png"'
    for query in ("", "?download=0", "?download=", "?x=download=1"):
        assert "content-disposition" not in client.get(PREFIXES[0] + name + query).headers


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("A misty harbour", 'attachment; filename="a-misty-harbour-{0}.png"'),
        ("Käuzchen", "attachment; filename=\"kauzchen-{0}.png\"; filename*=UTF-8''k%C3%A4uzchen-{0}.png"),
        ('"; filename=x.exe\r\nX: y', 'attachment; filename="filename-x-exe-x-y-{0}.png"'),
        (None, 'attachment; filename="image-{0}.png"'),
    ],
)
def test_downloads_named_by_the_prompt(
    inner: Starlette, storage: LocalStorage, prompt: str | None, expected: str
) -> None:
    name = put(storage, samples.encoded(), Modality.IMAGE, "png")
    requested: list[str] = []
    look_up: Callable[[str], str | None] = lambda file_name: (requested.append(file_name), prompt)[1]  # noqa: E731
    client = Client(MediaFiles(inner, lambda: storage, look_up))
    got = client.get(f"{PREFIXES[0]}{name}?download=1")
    assert got.headers["content-disposition"] == expected.format(name[23:31]) and requested == [name]


def test_the_storage_may_not_be_open_yet(inner: Starlette, storage: LocalStorage) -> None:
    name = put(storage)

    def closed() -> Storage:
        raise ConfigError("not open", setting="KAIMEDIA_MEDIA_URL")

    got = Client(MediaFiles(inner, closed)).get(PREFIXES[0] + name)
    assert (got.status_code, got.headers["cache-control"]) == (503, "no-store")
