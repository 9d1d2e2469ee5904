"""Which requests for stored files are redirected to the storage."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette

from kaimedia.errors import StorageUnavailable
from kaimedia.media import names
from kaimedia.media.local import LocalStorage
from kaimedia.web import page_policy
from kaimedia.web.static_media import MediaFiles
from tests.stored import put_bytes
from tests.unit.web.static_media import BODY, GUARDS, PREFIXES, Client, put

IMAGE = {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
OPENED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


class LinkedStorage(LocalStorage):
    def signed_link(self, name: str, *, life_s: int, media_type: str, disposition: str | None = None) -> str | None:
        return f"https://files.example/{name}?life={life_s}&type={media_type}&as={disposition or ''}"


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LinkedStorage(tmp_path / "media")


@pytest.fixture
def client(inner: Starlette, storage: LocalStorage) -> Client:
    return Client(MediaFiles(inner, lambda: storage, lambda name: "Red fox", are_linked=lambda: True))


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("headers", [IMAGE, OPENED, {**IMAGE, "Range": "bytes=5-"}])
def test_a_browser_is_redirected(client: Client, storage: LocalStorage, prefix: str, headers: dict[str, str]) -> None:
    name = put(storage)
    got = client.get(prefix + name, headers)
    link = urlsplit(got.headers["location"])
    assert (got.status_code, got.content, link.netloc, link.path) == (307, b"", "files.example", f"/{name}")
    assert parse_qs(link.query) == {"life": ["900"], "type": ["video/mp4"]}
    assert got.headers["cache-control"] == "private, max-age=300" and GUARDS.items() <= got.headers.items()
    assert got.headers["vary"] == "Sec-Fetch-Mode, Authorization"


def test_thumbnails_are_sent_from_here(client: Client, storage: LocalStorage) -> None:
    """Browsers may keep them for longer than a link."""
    video = put(storage)
    for name in (names.thumbnail_name(video), names.large_thumbnail_name(video), names.poster_name(video)):
        put_bytes(storage, name, b"webp")
        got = client.get(PREFIXES[0] + name, IMAGE)
        assert (got.status_code, got.content) == (200, b"webp") and "immutable" in got.headers["cache-control"]


def test_a_download_gets_its_readable_name(client: Client, storage: LocalStorage) -> None:
    name = put(storage)
    link = client.get(f"{PREFIXES[0]}{name}?download=1", OPENED).headers["location"]
    assert "attachment" in link and "red-fox" in link
    assert client.get(f"{PREFIXES[0]}{name}?download=1").headers["content-disposition"] in link


def test_what_no_browser_shows_is_only_a_download(client: Client, storage: LocalStorage) -> None:
    query = parse_qs(urlsplit(client.get(PREFIXES[0] + put(storage, ext="mkv"), OPENED).headers["location"]).query)
    assert query["type"] == ["application/octet-stream"] and query["as"][0].startswith("attachment")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer x", **IMAGE},
        {"Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Mode": "same-origin"},
    ],
)
def test_others_get_the_bytes(client: Client, storage: LocalStorage, headers: dict[str, str]) -> None:
    got = client.get(PREFIXES[0] + put(storage), headers)
    assert (got.status_code, got.content) == (200, BODY) and "immutable" in got.headers["cache-control"]
    assert got.headers["vary"] == "Sec-Fetch-Mode, Authorization"


def test_head_and_conditions_are_answered_here(client: Client, storage: LocalStorage) -> None:
    url = PREFIXES[0] + put(storage)
    head = client.request("HEAD", url, IMAGE)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(BODY)))
    assert client.get(url, {**IMAGE, "If-None-Match": head.headers["etag"]}).status_code == 304
    assert client.get(url, {**IMAGE, "If-Match": '"other"'}).status_code == 412
    assert client.get(url, {**IMAGE, "If-None-Match": '"other"'}).content == BODY
    assert client.request("POST", url, IMAGE).status_code == 405


def test_no_link_without_permission_or_for_other_names(inner: Starlette, storage: LocalStorage) -> None:
    name = put(storage)
    closed = Client(MediaFiles(inner, lambda: storage, is_open_to=lambda *_: False, are_linked=lambda: True))
    got = closed.get(PREFIXES[0] + name, IMAGE)
    assert (got.status_code, got.headers["cache-control"]) == (403, "no-store") and "location" not in got.headers
    for other in ("a.png", "..%2Fx.png", f"{name}.exe", "image_20261122T000000Z_00.png", ""):
        got = Client(MediaFiles(inner, lambda: storage, are_linked=lambda: True)).get(PREFIXES[0] + other, IMAGE)
        assert got.text.startswith("other ") and "location" not in got.headers


def test_an_app_that_is_not_open(inner: Starlette) -> None:
    def closed() -> LocalStorage:
        raise StorageUnavailable("Down.")

    name = "image_20261122T101530Z_" + "0" * 32 + ".png"
    assert Client(MediaFiles(inner, closed, are_linked=lambda: True)).get(PREFIXES[0] + name, IMAGE).status_code == 503


def test_nothing_is_redirected_where_it_is_off_or_there_are_no_links(
    inner: Starlette, storage: LocalStorage, tmp_path: Path
) -> None:
    url = PREFIXES[0] + put(storage)
    off = Client(MediaFiles(inner, lambda: storage)).get(url, IMAGE)
    assert (off.status_code, off.content) == (200, BODY) and "vary" not in off.headers
    plain = LocalStorage(storage.root)
    got = Client(MediaFiles(inner, lambda: plain, are_linked=lambda: True)).get(url, IMAGE)
    assert (got.status_code, got.content) == (200, BODY)
    missing = "image_20261122T101530Z_" + "0" * 32 + ".png"
    gone = Client(MediaFiles(inner, lambda: plain, are_linked=lambda: True)).get(PREFIXES[0] + missing, IMAGE)
    assert gone.status_code == 404


def test_pages_may_load_media_from_there_and_nothing_else() -> None:
    closed, linked = (
        {each.split(" ")[0]: each.split(" ")[1:] for each in policy.split("; ")}
        for policy in (page_policy.of_pages(), page_policy.of_pages("https://files.example"))
    )
    for directive in ("img-src", "media-src"):
        assert linked.pop(directive) == [*closed.pop(directive), "https://files.example"]
    assert closed == linked and not any("example" in source for sources in closed.values() for source in sources)
