from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from kaimedia.errors import FetchFailed, UnsafePath
from kaimedia.media.address import AddressGuard, is_public
from kaimedia.media.fetch import fetch
from tests.unit.media.conftest import Resolver

BY_NUMBER = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001",
    "0x7f.1", "127.0.0.1.", "0", "0.0.0.0", "10.0.0.1", "10.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "192.168.257", "169.254.169.254", "2852039166", "0xa9fea9fe", "169.254.43518", "100.64.0.1", "100.100.100.200",
    "198.18.0.1", "192.0.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.9", "192.88.99.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "168.63.129.16", "1.1.1.1.1", "999.1.1.1", "4294967297",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::ffff:169.254.169.254]", "[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]", "[64:ff9b:1::a9fe:a9fe]",
    "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001:0:7f00:1::]", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]",
    "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[100::1]", "[2001:db8::1]", "[3fff::1]", "[5f00::1]",
]  # fmt: skip
BY_NAME = {
    "localhost": ["127.0.0.1"],
    "localhost.": ["127.0.0.1"],
    "LOCALHOST": ["127.0.0.1"],
    "loop.example": ["127.0.0.1"],
    "loop6.example": ["::1"],
    "metadata.google.internal": ["169.254.169.254"],
    "lan.example": ["192.168.0.10"],
    "mixed.example": ["93.184.216.34,10.0.0.5"],
    "mixed6.example": ["2606:2800:220:1::1,::1"],
    "mapped.example": ["::ffff:10.0.0.5"],
    "nat64.example": ["64:ff9b::a00:5"],
    "printer": ["10.0.0.9"],
    "ⓛocalhost": ["127.0.0.1"],
    "127。0。0。1": ["127.0.0.1"],
    "１２７.0.0.1": ["127.0.0.1"],
}
BY_FORM = [
    "ftp://cdn.example/a", "file:///etc/passwd", "gopher://cdn.example/", "data:,x",
    "https://", "https:///a", "https://:443/", "", "a.png", "http://cdn.example:8080/", "https://cdn.example:80/",
    "https://cdn.example:8443/", "https://cdn.example:0/", "https://cdn.example:99999/", "https://cdn.example:x/",
    "https://cdn.example:/", "https://user@cdn.example/", "https://user:pw@cdn.example/", "https://@cdn.example/",
    "https://cdn.example@127.0.0.1/", "https://cdn.example\\@127.0.0.1/", "https://127.0.0.1\\@cdn.example/",
    "https://cdn.example\t/", "https://cdn.example\r\nHost: x/", " https://cdn.example/", "http://127.0.0.1/",
    "https://127.0.0.1#@cdn.example/", "https://127.0.0.1?@cdn.example/", "https://[::1/", "https://[v1.x]/",
    "https://cdn%2eexample/", "https://%6c%6f%63alhost/", "https://" + "a" * 300 + ".example/",
    "https://cdn.example/" + "a" * 9000, "https://cdn..example/", "https://cdn.example\x00/", "https://℀.example/",
]  # fmt: skip
LINKS = [f"https://{host}/a.png" for host in (*BY_NUMBER, *BY_NAME)] + BY_FORM


def test_there_are_enough_forms() -> None:
    assert len(set(LINKS)) >= 100


@pytest.mark.parametrize("url", LINKS)
def test_no_form_makes_a_connection(url: str, connects: list[object], names_resolve: Resolver, tmp_path: Path) -> None:
    public = {"cdn.example": ["93.184.216.34"]}
    names_resolve({**{name.lower(): list(answers) for name, answers in BY_NAME.items()}, **public})
    with pytest.raises((UnsafePath, FetchFailed)) as caught:
        fetch(url, tmp_path / "file", max_bytes=1000)
    assert connects == []
    assert isinstance(caught.value, UnsafePath) or "no such name" in repr(caught.value.__cause__), caught.value
    assert not (tmp_path / "file").exists()


def test_the_environment_is_ignored(
    monkeypatch: pytest.MonkeyPatch, connects: list[object], names_resolve: Resolver, tmp_path: Path
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:3128")
    resolved = names_resolve({"cdn.example": ["93.184.216.34"]})
    with pytest.raises(FetchFailed):
        fetch("https://cdn.example/a.png", tmp_path / "file", max_bytes=1000)
    assert (resolved, connects) == (["cdn.example"], [("93.184.216.34", 443)])


def test_it_connects_to_the_checked_address(connects: list[object], names_resolve: Resolver, tmp_path: Path) -> None:
    """A name that resolves differently the second time gains nothing: it is resolved only once."""
    resolved = names_resolve({"rebind.example": ["93.184.216.34", "127.0.0.1"]})
    with pytest.raises(FetchFailed):
        fetch("https://rebind.example/a.png", tmp_path / "file", max_bytes=1000)
    assert (resolved, connects) == (["rebind.example"], [("93.184.216.34", 443)])


def test_each_address_is_tried_in_turn(connects: list[object], names_resolve: Resolver, tmp_path: Path) -> None:
    names_resolve({"two.example": ["2606:2800:220:1::1,93.184.216.34"]})
    with pytest.raises(FetchFailed):
        fetch("https://two.example/a.png", tmp_path / "file", max_bytes=1000)
    assert [address[0] for address in connects if isinstance(address, tuple)] == ["2606:2800:220:1::1", "93.184.216.34"]


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::1"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("text", ["", "x", "2130706433", "fe80::1%eth0", "2606:4700::1%eth0", "::ffff:8.8.8.8"])
def test_not_a_public_address(text: str) -> None:
    assert not is_public(text)


@pytest.mark.parametrize(
    ("trusted", "url", "is_fine"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000/a", True),
        ("127.0.0.1:8000", "https://127.0.0.1:8000/a", True),
        ("127.0.0.1:8000", "http://127.0.0.1:8001/a", False),
        ("127.0.0.1:8000", "http://localhost:8000/a", False),
        ("127.0.0.1:8000", "https://127.0.0.1/a", False),
        ("127.0.0.1:8000", "ftp://127.0.0.1:8000/a", False),
        ("127.0.0.1:8000", "http://u@127.0.0.1:8000/a", False),
        ("Minio.Local", "http://minio.local/a", True),
        ("minio.local", "https://MINIO.local/a", True),
        ("minio.local", "http://minio.local:9000/a", False),
        ("minio.local:9000", "http://minio.local.:9000/a", True),
        ("[::1]:8000", "http://[::1]:8000/a", True),
        ("[::1]:8000", "http://[::1]:8001/a", False),
    ],
)
def test_trust_is_for_one_host_and_port(trusted: str, url: str, is_fine: bool) -> None:
    guard = AddressGuard([trusted])
    if is_fine:
        guard.check_url(url)
    else:
        with pytest.raises(UnsafePath):
            guard.check_url(url)


@pytest.mark.parametrize("entry", ["", "  ", ":80", "host:port", "[::1", "host:99999"])
def test_an_unreadable_trusted_host_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="neither a host"):
        AddressGuard([entry])


def test_a_name_that_does_not_resolve_is_a_transient_error(
    names_resolve: Resolver, connects: list[object], tmp_path: Path
) -> None:
    names_resolve({})
    with pytest.raises(FetchFailed):
        fetch("https://gone.example/a.png", tmp_path / "file", max_bytes=1000)
    assert connects == []


def test_connecting_times_out(monkeypatch: pytest.MonkeyPatch, names_resolve: Resolver, tmp_path: Path) -> None:
    def never(self: socket.socket, address: object) -> None:
        raise TimeoutError("no answer")

    names_resolve({"slow.example": ["93.184.216.34"]})
    monkeypatch.setattr(socket.socket, "connect", never)
    with pytest.raises(FetchFailed, match="in time"):
        fetch("https://slow.example/a.png", tmp_path / "file", max_bytes=1000)


def test_no_further_address_is_tried_after_the_total_time(
    monkeypatch: pytest.MonkeyPatch, names_resolve: Resolver, tmp_path: Path
) -> None:
    tried: list[object] = []

    def slow(self: socket.socket, address: object) -> None:
        tried.append(address)
        time.sleep(0.3)
        raise TimeoutError("no answer")

    names_resolve({"slow.example": ["93.184.216.34,8.8.8.8"]})
    monkeypatch.setattr(socket.socket, "connect", slow)
    with pytest.raises(FetchFailed, match="within"):
        fetch("https://slow.example/a.png", tmp_path / "file", max_bytes=1000, total_timeout_s=0.2)
    assert len(tried) == 1


def test_a_name_that_cannot_be_resolved_at_all(
    monkeypatch: pytest.MonkeyPatch, connects: list[object], tmp_path: Path
) -> None:
    def unspeakable(*arguments: object, **options: object) -> None:
        raise UnicodeError("label too long")

    monkeypatch.setattr(socket, "getaddrinfo", unspeakable)
    with pytest.raises(UnsafePath, match="is not valid"):
        fetch("https://odd.example/a.png", tmp_path / "file", max_bytes=1000)
    assert connects == []
