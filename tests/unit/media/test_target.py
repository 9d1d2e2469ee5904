"""Links are sent byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaimedia.errors import FetchFailed, UnsafePath
from kaimedia.media.fetch import fetch
from kaimedia.media.target import read_target, redirected
from tests.unit.media.conftest import Resolver
from tests.unit.media.fault_server import FaultServer, reply

AS_GIVEN = [
    "/a%7Eb", "/a%2fb", "/a%2Fb", "/a~b", "/a+b", "/a?", "/a?x=&y", "/a?x=%2b+%20&s=a/b=", "/a/../b", "/a/./b",
    "/a//b", "//b", "/%", "/%zz", "/a?x=1?y=2", "/a;b=c", "/a?sig=%e2%82%ac", "/a!$&'()*,=:@", "/a?x=[1]", "/?",
    "/a%25%32%46", "/A%c3%a4", "/a?Signature=x%2By%3D&Expires=1",
]  # fmt: skip
ENCODED = {
    "/a b": "/a%20b", "/a?x=a b": "/a?x=a%20b", "/ä": "/%C3%A4", '/a"b': "/a%22b", "/a<b>": "/a%3Cb%3E",
    "/a|b": "/a%7Cb", "/a\\b": "/a%5Cb", "/a^b`": "/a%5Eb%60", "/a{b}": "/a%7Bb%7D", "/a%20 b": "/a%20%20b",
    "": "/", "?x=1": "/?x=1", "/a#part": "/a",
}  # fmt: skip


def requested_path(server: FaultServer) -> str:
    return server.requests[-1].split("\r\n")[0].removeprefix("GET ").removesuffix(" HTTP/1.1")


def serve(server: FaultServer, path: str) -> None:
    server.scripts[path.partition("?")[0].partition("#")[0]] = reply(b"body")


@pytest.mark.parametrize("path", AS_GIVEN)
@pytest.mark.parametrize("by_redirect", [False, True])
def test_a_link_is_sent_as_given(server: FaultServer, tmp_path: Path, path: str, by_redirect: bool) -> None:
    serve(server, path)
    url = f"http://{server.host}{path}"
    if by_redirect:
        server.scripts["/from"] = reply(b"", status="302 Found", headers=f"Location: {url}\r\n")
        url = f"http://{server.host}/from"
    assert fetch(url, tmp_path / "f", max_bytes=100, trusted_hosts=[server.host]).size_bytes == 4
    assert requested_path(server) == path


@pytest.mark.parametrize("path", ENCODED)
def test_only_what_cannot_be_sent_is_encoded(server: FaultServer, tmp_path: Path, path: str) -> None:
    serve(server, ENCODED[path])
    fetch(f"http://{server.host}{path}", tmp_path / "f", max_bytes=100, trusted_hosts=[server.host])
    assert requested_path(server) == ENCODED[path]


def test_where_a_redirect_leads() -> None:
    base = read_target("https://a.example:8443/x/y?z=1")
    for location, url in {
        "https://b.example/%7E/../c?": "https://b.example/%7E/../c?",
        "//b.example/c": "https://b.example/c",
        "/c/%2f/../d?": "https://a.example:8443/c/%2f/../d?",
        "?q=%2b": "https://a.example:8443/x/y?q=%2b",
        "w%7E?k=%2f": "https://a.example:8443/x/w%7E?k=%2f",
        "../w": "https://a.example:8443/w",
    }.items():
        assert redirected(base, location) == url


def test_plain_http_is_tried_by_https(connects: list[object], names_resolve: Resolver, tmp_path: Path) -> None:
    names_resolve({"cdn.example": ["93.184.216.34"]})
    for url in ("http://cdn.example/a.png", "HTTP://cdn.example:80/a"):
        with pytest.raises(FetchFailed, match="does not support https"):
            fetch(url, tmp_path / "f", max_bytes=100)
    assert connects == [("93.184.216.34", 443)] * 2


@pytest.mark.parametrize(
    "url",
    ["https://a.example\\@b.example/", "https://a\r\n.example/", "https://a .example/", "ftp://a/", "a", " https://a/"],
)
def test_what_could_be_read_in_two_ways_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafePath):
        fetch(url, tmp_path / "f", max_bytes=100)
