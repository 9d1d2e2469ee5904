"""Headers that are missing or wrong: the bytes decide."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
import zstandard

from kaimedia.errors import FetchFailed, TooLarge
from kaimedia.media.fetch import Fetched, fetch
from tests.unit.media import samples
from tests.unit.media.fault_server import FaultServer, raw, reply

PNG = samples.encoded("PNG")
MP4_LIKE = b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp41" + bytes(100)
PLAIN_CLAIMS = [
    "Content-Encoding: aws-chunked", "Content-Encoding: AWS-Chunked", "Content-Encoding: binary",
    "Content-Encoding: utf-8", "Content-Encoding: UTF-8", "Content-Encoding: gzip", "Content-Encoding: GZIP",
    "Content-Encoding: x-gzip", "Content-Encoding: deflate", "Content-Encoding: br", "Content-Encoding: zstd",
    "Content-Encoding: compress", "Content-Encoding: none", "Content-Encoding: ", "Content-Encoding: identity",
    "Content-Encoding: Identity", "Content-Encoding: gzip, aws-chunked", "Content-Encoding: aws-chunked,gzip",
    "Content-Encoding: gzip\r\nContent-Encoding: br", "Content-Encoding: null", "Content-Encoding: base64",
    "Content-Encoding: 8bit", "Content-Encoding: ,", "Content-Encoding: image/png", "Content-Encoding: rot13",
    "Content-Type: text/html; charset=utf-8", "Content-Type: application/json", "Content-Type: ", "Content-Type: x",
    "Content-Type: image/svg+xml", "Content-Type: application/octet-stream\r\nContent-Type: text/plain",
    "Content-Disposition: attachment; filename=\"a.exe\"", "Content-Disposition: inline; filename*=UTF-8''%ff",
    "Transfer-Encoding: identity", "Transfer-Encoding: Identity", "Content-Transfer-Encoding: base64",
    "Content-Length: many", "Content-Length: -1", "Content-Length: ", "Content-Length: 0", "Content-Length: 1e3",
    "Content-Length: 99999999999999999999999", "Content-MD5: nonsense", "ETag: W/\"", "Vary: *",
    "Content-Range: bytes 0-1/2", "X-Amz-Decoded-Content-Length: 7", "Content-Language: \xff",
    "Transfer-Encoding: chunked",
]  # fmt: skip


def get(server: FaultServer, dest: Path, *, max_bytes: int = 1_000_000) -> Fetched:
    return fetch(f"http://{server.host}/a", dest, max_bytes=max_bytes, trusted_hosts=[server.host], read_timeout_s=3)


def plain(head: str, body: bytes, *, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\n{head}\r\n\r\n".encode("latin-1") + body


@pytest.mark.parametrize("body", [PNG, MP4_LIKE], ids=["png", "mp4"])
@pytest.mark.parametrize("head", PLAIN_CLAIMS)
def test_a_claim_that_does_not_fit_keeps_the_file(server: FaultServer, tmp_path: Path, head: str, body: bytes) -> None:
    server.scripts["/a"] = raw(plain(head, body))
    fetched = get(server, tmp_path / "file")
    assert fetched.is_complete and (tmp_path / "file").read_bytes() == body and fetched.size_bytes == len(body)


@pytest.mark.parametrize("lengths", [("5", None), (None, "5"), (None, None)])
def test_of_contradicting_lengths_the_true_one_counts(
    server: FaultServer, tmp_path: Path, lengths: tuple[str | None, str | None]
) -> None:
    head = "\r\n".join(f"Content-Length: {length or len(PNG)}" for length in lengths)
    server.scripts["/a"] = raw(plain(head, PNG))
    assert get(server, tmp_path / "file").size_bytes == len(PNG)


def _deflated_raw(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


CODED = {
    "gzip": ("gzip", gzip.compress(PNG)),
    "gzip-two-members": ("gzip", gzip.compress(PNG[:50]) + gzip.compress(PNG[50:])),
    "gzip-trailing-zeros": ("gzip", gzip.compress(PNG) + bytes(20)),
    "x-gzip": ("X-GZip", gzip.compress(PNG)),
    "deflate": ("deflate", zlib.compress(PNG)),
    "deflate-raw": ("deflate", _deflated_raw(PNG)),
    "br": ("br", brotli.compress(PNG)),
    "zstd": ("zstd", zstandard.compress(PNG)),
    "gzip-then-br": ("gzip, br", brotli.compress(gzip.compress(PNG))),
    "gzip-and-aws": ("gzip, aws-chunked", gzip.compress(PNG)),
    "gzip-unsaid": ("", gzip.compress(PNG)),
    "zstd-unsaid": ("identity", zstandard.compress(PNG)),
    "gzip-said-to-be-br": ("br", gzip.compress(PNG)),
}


@pytest.mark.parametrize("case", CODED)
def test_a_real_coding_is_undone(server: FaultServer, tmp_path: Path, case: str) -> None:
    coding, body = CODED[case]
    server.scripts["/a"] = reply(body, headers=f"Content-Encoding: {coding}\r\n")
    fetched = get(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == PNG and fetched.size_bytes == len(PNG)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_coding_of_the_transfer_is_undone(server: FaultServer, tmp_path: Path) -> None:
    body = gzip.compress(PNG)
    chunked = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    server.scripts["/a"] = raw(plain("Transfer-Encoding: gzip, Chunked", chunked))
    get(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == PNG


UNPACKED = bytes(50_000_000)
BOMBS: dict[str, Callable[[], bytes]] = {  # made when needed: each test process reads this file
    "gzip": lambda: gzip.compress(UNPACKED),
    "deflate": lambda: zlib.compress(UNPACKED),
    "br": lambda: brotli.compress(UNPACKED, quality=1),
    "zstd": lambda: zstandard.compress(UNPACKED),
    "gzip, br": lambda: brotli.compress(gzip.compress(UNPACKED), quality=1),
}


@pytest.mark.parametrize("coding", BOMBS)
def test_what_unpacks_beyond_the_cap_is_refused(server: FaultServer, tmp_path: Path, coding: str) -> None:
    server.scripts["/a"] = reply(BOMBS[coding](), headers=f"Content-Encoding: {coding}\r\n")
    with pytest.raises(TooLarge):
        get(server, tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "head", "is_fine"),
    [
        ("203 Non-Authoritative", "", True),
        ("206 Partial Content", f"Content-Range: bytes 0-{len(PNG) - 1}/{len(PNG)}", True),
        ("206 Partial Content", f"Content-Range: bytes 0-{len(PNG) - 1}/{len(PNG) + 9}", False),
        ("206 Partial Content", "", False),
    ],
)
def test_other_statuses_that_carry_the_whole_file(
    server: FaultServer, tmp_path: Path, status: str, head: str, is_fine: bool
) -> None:
    server.scripts["/a"] = raw(plain(head or "X: y", PNG, status=status))
    if is_fine:
        assert get(server, tmp_path / "file").is_complete
    else:
        with pytest.raises(FetchFailed):
            get(server, tmp_path / "file")
