"""Streamlit's scripts and styles compressed: codings, conditions, copies kept for the next start."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import brotli
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from kaimedia.web.compressed_copies import CompressedCopies
from kaimedia.web.framework_files import CACHED, FrameworkFiles, accepted, installed
from tests.conftest import wait_for

SCRIPT = b"export const answer = 42\n" * 200
NAME = "static/js/index.abc.js"
PATH = f"/{NAME}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "streamlit"
    (folder / "static" / "js").mkdir(parents=True)
    (folder / NAME).write_bytes(SCRIPT)
    (folder / "static" / "font.woff2").write_bytes(SCRIPT)
    return folder


def copies(root: Path, saved_in: Path | None = None) -> CompressedCopies:
    return CompressedCopies(root, lambda: saved_in, quiet_s=0.0)


def client(root: Path, made: CompressedCopies | None) -> TestClient:
    plain = Starlette(routes=[Mount("/static", StaticFiles(directory=root / "static"))])
    return TestClient(FrameworkFiles(plain, copies=made))


def raw(app: TestClient, method: str = "GET", path: str = PATH, **headers: str) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers, and the body as it was sent."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with app.stream(method, path, headers=named) as answer:
        return answer.status_code, answer.headers, b"".join(answer.iter_raw())


def test_the_first_request_gets_gzip_and_a_later_one_brotli(root: Path) -> None:
    made = copies(root)
    app = client(root, made)
    status, headers, body = raw(app, accept_encoding="gzip, deflate, br, zstd")
    assert (status, headers["content-encoding"], gzip.decompress(body)) == (200, "gzip", SCRIPT)
    assert headers["content-type"] == "application/javascript" and headers["cache-control"] == CACHED
    assert headers["vary"] == "Accept-Encoding" and int(headers["content-length"]) == len(body) < len(SCRIPT) / 5
    wait_for(lambda: (found := made.get(NAME, ["br"])) is not None and found.coding == "br", "brotli")
    status, headers, body = raw(app, accept_encoding="gzip, deflate, br, zstd")
    assert (headers["content-encoding"], brotli.decompress(body)) == ("br", SCRIPT)


def test_each_coding_has_a_tag_of_its_own_that_a_browser_can_ask_with(root: Path) -> None:
    app = client(root, copies(root))
    _, zipped, _ = raw(app, accept_encoding="gzip")
    _, plain, body = raw(app, accept_encoding="identity")
    assert zipped["etag"] != plain["etag"] and "content-encoding" not in plain and body == SCRIPT
    assert plain["vary"] == "Accept-Encoding"
    status, headers, body = raw(app, accept_encoding="gzip", if_none_match=zipped["etag"])
    assert (status, body, headers["etag"]) == (304, b"", zipped["etag"])


def test_ranges_and_other_files_are_left_to_streamlit(root: Path) -> None:
    app = client(root, copies(root))
    status, headers, body = raw(app, accept_encoding="gzip", range="bytes=0-9")
    assert (status, body) == (206, SCRIPT[:10]) and "content-encoding" not in headers
    assert "content-encoding" not in raw(app, path="/static/font.woff2", accept_encoding="gzip")[1]
    for path in ("/static/js/none.js", "/static/js/../../secret.js", "/static/%2e%2e/secret.js"):
        assert raw(app, path=path, accept_encoding="gzip")[0] == 404
    assert raw(app, method="POST", accept_encoding="gzip")[0] == 405


def test_head_has_the_headers_of_get(root: Path) -> None:
    app = client(root, copies(root))
    _, of_get, _ = raw(app, accept_encoding="gzip")
    _, of_head, body = raw(app, method="HEAD", accept_encoding="gzip")
    assert dict(of_head) == dict(of_get) and body == b""


def test_a_copy_is_kept_for_the_next_start_unless_it_is_damaged(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    first = copies(root, folder)
    first.get(NAME, ["br"])
    kept = folder / f"{NAME}.br"
    wait_for(kept.exists, "the saved copy")
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]
    second = CompressedCopies(root, lambda: folder, quiet_s=3600.0)
    found = second.get(NAME, ["br", "gzip"])
    assert found is not None and (found.coding, brotli.decompress(found.content)) == ("br", SCRIPT)
    for damaged in (b"", kept.read_bytes()[:-3], brotli.compress(b"another script")):
        kept.write_bytes(damaged)
        found = CompressedCopies(root, lambda: folder, quiet_s=3600.0).get(NAME, ["br", "gzip"])
        assert found is not None and (found.coding, gzip.decompress(found.content)) == ("gzip", SCRIPT)


def test_a_folder_that_cannot_be_written_is_no_obstacle(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    made = copies(root, tmp_path / "file")
    wait_for(lambda: made.get(NAME, ["br"]) is not None, "brotli")


def test_a_file_that_went_away_is_left_to_streamlit(root: Path) -> None:
    app = client(root, copies(root))
    (root / NAME).unlink()
    assert raw(app, accept_encoding="gzip")[0] == 404


def test_without_known_files_everything_is_left_to_streamlit(root: Path) -> None:
    assert "content-encoding" not in raw(client(root, None), accept_encoding="gzip, br")[1]


def test_the_installed_streamlit_has_files_to_compress(tmp_path: Path) -> None:
    made = installed(lambda: tmp_path)
    assert made is not None
    index = (Path(__import__("streamlit").__file__).parent / "static" / "index.html").read_text()
    scripts = [part.split('"')[0].removeprefix("./") for part in index.split('src="')[1:]]
    assert scripts and all(script in made for script in scripts)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("gzip, deflate, br, zstd", {"br", "gzip"}),
        ("GZIP;q=0.5", {"gzip"}),
        ("br;q=0, gzip;q=0.001", {"gzip"}),
        ("br; q=0.0", set()),
        ("*", {"br", "gzip"}),
        ("*;q=0, br", {"br"}),
        ("identity", set()),
        ("", set()),
        ("gzip;", {"gzip"}),
        (";;,", set()),
    ],
)
def test_which_codings_a_browser_accepts(header: str, expected: set[str]) -> None:
    assert accepted(header) == expected
