"""Media over HTTP: types, ranges, conditions, and what is not served."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from kaimedia.domain import Modality
from kaimedia.media import names
from kaimedia.media.local import LocalStorage
from kaimedia.web.static_media import MediaFiles
from tests.unit.web.static_media import BODY, GUARDS, PREFIXES, Client, put


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(
    ("modality", "ext", "mime_type"),
    [(m, ext, names.MIME_TYPES[ext]) for m, exts in names.EXTENSIONS.items() for ext in exts],
)
def test_the_bytes_as_what_they_are(
    client: Client, storage: LocalStorage, prefix: str, modality: Modality, ext: str, mime_type: str
) -> None:
    name = put(storage, modality=modality, ext=ext)
    got = client.get(prefix + name)
    shown = mime_type if names.is_shown(name) else "application/octet-stream"
    assert (got.status_code, got.content, got.headers["content-type"]) == (200, BODY, shown)
    assert got.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert got.headers["accept-ranges"] == "bytes"
    assert got.headers.get("content-disposition", "").startswith("attachment") is not names.is_shown(name)
    assert GUARDS.items() <= got.headers.items()


@pytest.mark.parametrize(
    ("requested", "status", "expected", "content_range"),
    [
        ("bytes=0-9", 206, BODY[:10], "bytes 0-9/256000"),
        ("bytes=255990-", 206, BODY[-10:], "bytes 255990-255999/256000"),
        ("bytes=-10", 206, BODY[-10:], "bytes 255990-255999/256000"),
        ("bytes=0-999999", 206, BODY, "bytes 0-255999/256000"),
        ("bytes=256000-", 416, None, "bytes */256000"),
    ],
)
def test_ranges(
    client: Client, storage: LocalStorage, requested: str, status: int, expected: bytes | None, content_range: str
) -> None:
    got = client.get(PREFIXES[0] + put(storage), headers={"Range": requested})
    assert (got.status_code, got.headers["content-range"]) == (status, content_range)
    assert expected is None or got.content == expected
    assert GUARDS.items() <= got.headers.items()
    assert ("no-store" in got.headers["cache-control"]) is (status == 416)


def test_several_ranges_and_nonsense(client: Client, storage: LocalStorage) -> None:
    url = PREFIXES[0] + put(storage)
    assert client.get(url, headers={"Range": "bytes=0-1,5-6"}).status_code == 206
    etag = client.get(url).headers["etag"]
    assert client.get(url, headers={"Range": "bytes=0-1", "If-Range": etag}).status_code == 206
    assert client.get(url, headers={"Range": "bytes=0-1", "If-Range": '"old"'}).status_code == 200


@pytest.mark.parametrize(
    "requested",
    [
        *("items=0-1", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=x", "bytes=a-b", "bytes=5-2", "bytes=0-1,5-2"),
        *("bytes=1_0-2_0", "bytes=+1-5", "bytes=0 -1", "bytes=0-1;", "bytes=٠-١", f"bytes=0-{'9' * 5000}"),
        ", ".join(["bytes=0-1"] * 2),
    ],
    ids=lambda requested: requested[:20],
)
def test_invalid_ranges_return_the_whole_file(client: Client, storage: LocalStorage, requested: str) -> None:
    headers = [(b"range", requested.encode())]
    got = client.request("GET", PREFIXES[0] + put(storage), headers)
    assert (got.status_code, len(got.content)) == (200, len(BODY))
    twice = client.request("GET", PREFIXES[0] + put(storage), [("Range", "bytes=0-1"), ("Range", "bytes=2-3")])
    assert twice.status_code == 200


@pytest.mark.parametrize(
    "requested", ["bytes=0-1,999999-", "bytes=-0, 0-1", "Bytes= ,0-1 ,", "bytes=0-1,256000-256001"]
)
def test_ranges_beyond_the_file_do_not_spoil_the_others(client: Client, storage: LocalStorage, requested: str) -> None:
    got = client.get(PREFIXES[0] + put(storage), headers={"Range": requested})
    assert (got.status_code, got.headers["content-range"]) == (206, "bytes 0-1/256000")
    nowhere = client.get(PREFIXES[0] + put(storage), headers={"Range": "bytes=-0,256000-"})
    assert (nowhere.status_code, nowhere.headers["content-range"]) == (416, "bytes */256000")


def test_head(client: Client, storage: LocalStorage) -> None:
    for headers in ({}, {"Range": "bytes=0-1"}, {"Range": "bytes=256000-"}):
        got = client.request("HEAD", PREFIXES[0] + put(storage), headers)
        assert (got.status_code, got.headers["content-length"], got.content) == (200, "256000", b"")


def test_a_known_copy_is_not_sent_again(client: Client, storage: LocalStorage) -> None:
    url = PREFIXES[1] + put(storage)
    first = client.get(url)
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    later = format_datetime(datetime(2090, 1, 1, tzinfo=UTC), usegmt=True)
    for headers in (
        {"If-None-Match": etag},
        {"If-None-Match": f'"x", W/{etag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": modified},
        {"If-Modified-Since": later},
    ):
        got = client.get(url, headers=headers)
        assert (got.status_code, got.content, got.headers["etag"]) == (304, b"", etag), headers
        assert "immutable" in got.headers["cache-control"]
    for headers in (
        {"If-None-Match": '"x"'},
        {"If-None-Match": '"x"', "If-Modified-Since": later},
        {"If-Modified-Since": "Mon, 01 Jan 1990 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
        {"If-Modified-Since": "Mon, 01 Jan 2090 00:00:00 -0000"},
    ):
        assert client.get(url, headers=headers).status_code == 200, headers


def test_several_lines_of_a_condition_are_one(client: Client, storage: LocalStorage) -> None:
    url = PREFIXES[1] + put(storage)
    etag = client.get(url).headers["etag"]
    assert client.request("GET", url, [("If-None-Match", '"x"'), ("If-None-Match", etag)]).status_code == 304
    assert client.request("GET", url, [("If-Match", '"x"'), ("If-Match", etag)]).status_code == 200


def test_a_file_that_is_not_the_one_meant(client: Client, storage: LocalStorage) -> None:
    url = PREFIXES[1] + put(storage)
    first = client.get(url)
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    long_ago = "Mon, 01 Jan 1990 00:00:00 GMT"
    for headers in (
        {"If-Match": '"x"'},
        {"If-Match": f"W/{etag}"},
        {"If-Match": '"x"', "If-None-Match": etag},
        {"If-Unmodified-Since": long_ago},
        {"If-Match": '"x"', "Range": "bytes=0-1"},
    ):
        got = client.get(url, headers=headers)
        assert (got.status_code, got.headers["cache-control"]) == (412, "no-store"), headers
    for headers in (
        {"If-Match": etag},
        {"If-Match": "*"},
        {"If-Match": f'"x", {etag}', "If-Unmodified-Since": long_ago},
        {"If-Unmodified-Since": modified},
        {"If-Unmodified-Since": "yesterday"},
    ):
        assert client.get(url, headers=headers).status_code == 200, headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods(client: Client, storage: LocalStorage, method: str) -> None:
    got = client.request(method, PREFIXES[0] + put(storage))
    assert (got.status_code, got.headers["allow"], got.headers["cache-control"]) == (405, "GET, HEAD", "no-store")


def test_a_missing_file(client: Client, storage: LocalStorage) -> None:
    name = put(storage)
    storage.delete([name])
    got = client.get(PREFIXES[0] + name)
    assert (got.status_code, got.headers["cache-control"]) == (404, "no-store")
    assert GUARDS.items() <= got.headers.items()


def test_no_links_and_no_folders(client: Client, storage: LocalStorage, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    link, folder = put(storage), put(storage)
    (storage.root / link).unlink()
    (storage.root / link).symlink_to(tmp_path / "secret")
    (storage.root / folder).unlink()
    (storage.root / folder).mkdir()
    assert client.get(PREFIXES[0] + link).status_code == client.get(PREFIXES[0] + folder).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/", "/static/media/SourceSansVF.ttf.woff2", "/static/media/", "/static/media", "/static/media/evil.html",
        "/static/media/.incoming/.part-0", "/static/media/.env", "/app/static/media/evil.svg", "/media/{name}",
        "/static/{name}", "/static/media/x/{name}", "/static/media/..%2f{name}", "/static/media/{name}%00",
        "/static/media/{name}.html", "/static/media/{name}/", "/app/app/static/media/{name}",
        "/STATIC/media/{name}",
    ],
)  # fmt: skip
def test_everything_else_falls_through(client: Client, storage: LocalStorage, path: str) -> None:
    (storage.root).mkdir(parents=True)
    for name in ("evil.html", "evil.svg", ".env"):
        (storage.root / name).write_text("<script>")
    got = client.get(path.format(name=put(storage)))
    assert got.status_code == 200 and got.text.startswith("other ") and "content-security-policy" not in got.headers


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
def test_what_is_not_http_passes(storage: LocalStorage, kind: str) -> None:
    seen: list[object] = []

    async def inner_app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nothing() -> Message:
        return {"type": "none"}

    async def drop(message: Message) -> None:
        seen.append(message)

    scope = {"type": kind, "path": PREFIXES[0] + put(storage)}
    asyncio.run(MediaFiles(inner_app, lambda: storage)(scope, nothing, drop))
    assert seen == [kind]
