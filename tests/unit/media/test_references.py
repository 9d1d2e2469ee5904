from __future__ import annotations

import hashlib
import io
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from kaimedia.domain import Modality, Reference
from kaimedia.errors import FetchFailed, MediaError, ResultExpired, TooLarge, UnsafePath, UnsupportedMedia
from kaimedia.media import names
from kaimedia.media import picture as pictures
from kaimedia.media.local import LocalStorage
from kaimedia.media.references import ReferenceShelf
from tests.unit.media import samples
from tests.unit.media.fault_server import FaultServer, Script, reply

ALL = ("image/png", "image/jpeg", "image/webp")
STRICT = ("image/png", "image/jpg")
TEN_MB = 10 * 1024**2


@pytest.fixture
def shelf(tmp_path: Path, storage: LocalStorage) -> ReferenceShelf:
    return ReferenceShelf(tmp_path / "references", storage)


def opened(shelf: ReferenceShelf, reference: Reference) -> Image.Image:
    with Image.open(shelf.path(reference)) as image:
        image.load()
        return image


def files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "references").rglob("*") if path.is_file()]


@pytest.mark.parametrize(("image_format", "ext"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
def test_allowed_images_are_kept_as_they_are(
    shelf: ReferenceShelf, tmp_path: Path, image_format: str, ext: str
) -> None:
    data = samples.encoded(image_format)
    reference = shelf.add(data, allowed_mimes=ALL, max_bytes=TEN_MB)
    assert reference.filename == f"{hashlib.sha256(data).hexdigest()}.{ext}" and reference.url is None
    assert shelf.path(reference).read_bytes() == data
    assert shelf.add(data, allowed_mimes=ALL, max_bytes=TEN_MB) == reference
    assert files(tmp_path) == [shelf.path(reference)]
    assert shelf.mime_type(reference) == names.mime_of(reference.filename) == names.MIME_TYPES[ext]


def test_webp_becomes_png_where_it_is_not_taken(shelf: ReferenceShelf) -> None:
    data = samples.encoded("WEBP", image=Image.new("RGBA", (40, 30), (9, 9, 9, 90)), lossless=True)
    image = opened(shelf, shelf.add(data, allowed_mimes=STRICT, max_bytes=TEN_MB))
    assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (40, 30))


def test_a_conversion_that_grows_too_big_becomes_a_jpeg(shelf: ReferenceShelf) -> None:
    data = samples.encoded("WEBP", image=samples.noise(400, 400), quality=50)
    image = opened(shelf, shelf.add(data, allowed_mimes=STRICT, max_bytes=300_000))
    assert (image.format, image.size) == ("JPEG", (400, 400))


def test_jpeg_alone_and_webp_alone(shelf: ReferenceShelf) -> None:
    see_through = samples.encoded("PNG", image=Image.new("RGBA", (20, 20), (255, 0, 0, 0)))
    image = opened(shelf, shelf.add(see_through, allowed_mimes=["image/jpeg"], max_bytes=TEN_MB))
    assert image.format == "JPEG" and image.getpixel((5, 5)) == (255, 255, 255)
    image = opened(shelf, shelf.add(see_through, allowed_mimes=["image/webp"], max_bytes=TEN_MB))
    assert image.format == "WEBP"


def test_conversion_stands_the_picture_upright(shelf: ReferenceShelf) -> None:
    exif = Image.Exif()
    exif[pictures.ORIENTATION_TAG] = 6
    data = samples.encoded("JPEG", image=samples.picture(60, 40), exif=exif)
    image = opened(shelf, shelf.add(data, allowed_mimes=["image/png"], max_bytes=TEN_MB))
    assert image.size == (40, 60)


REFUSED: dict[str, tuple[bytes, type[MediaError], str]] = {
    "too-big": (bytes(TEN_MB + 1), TooLarge, "Use a PNG, JPEG or WebP up to 10 MB."),
    "gif": (samples.encoded("GIF"), UnsupportedMedia, "Use a PNG, JPEG or WebP up to 10 MB."),
    "html": (b"<html>", UnsupportedMedia, "a web page"),
    "svg": (b"<svg/>", UnsupportedMedia, "SVG"),
    "empty": (b"", UnsupportedMedia, "empty"),
    "cut": (samples.encoded()[:120], UnsupportedMedia, "damaged"),
    "polyglot": (b"GIF89a=1;alert(1)", UnsupportedMedia, "Use a PNG"),
    "pixels": (samples.encoded("PNG", image=Image.new("1", (7100, 7100))), TooLarge, "megapixels"),
}


def told(error: MediaError) -> str:
    return f"{error.message} {error.next_step}"


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_leaves_nothing(shelf: ReferenceShelf, tmp_path: Path, case: str) -> None:
    data, kind, words = REFUSED[case]
    with pytest.raises(kind) as caught:
        shelf.add(data, allowed_mimes=ALL, max_bytes=TEN_MB)
    assert type(caught.value) is kind and words in told(caught.value)
    assert not (tmp_path / "references").exists() or files(tmp_path) == []


def test_a_clip_is_no_reference(shelf: ReferenceShelf, clip: Path) -> None:
    with pytest.raises(UnsupportedMedia, match="not taken") as caught:
        shelf.add(clip.read_bytes(), allowed_mimes=STRICT, max_bytes=1024 * 1536)
    assert "Use a PNG or JPEG up to 1.5 MB." in told(caught.value)
    with pytest.raises(UnsupportedMedia):
        shelf.from_media(clip, allowed_mimes=STRICT, max_bytes=TEN_MB)


def test_an_unheard_of_type_alone(shelf: ReferenceShelf) -> None:
    with pytest.raises(UnsupportedMedia, match="not taken") as caught:
        shelf.add(samples.encoded(), allowed_mimes=["image/avif"], max_bytes=TEN_MB)
    assert "Use a image/avif" in told(caught.value)


def test_too_big_even_as_jpeg(shelf: ReferenceShelf) -> None:
    with pytest.raises(TooLarge):
        shelf.add(samples.encoded("WEBP", image=samples.noise(64, 64), quality=1), allowed_mimes=STRICT, max_bytes=1200)


def test_a_link(shelf: ReferenceShelf, server: FaultServer, tmp_path: Path) -> None:
    data = samples.encoded("JPEG")
    url = server.url("/a.html", reply(data, headers="Content-Type: text/html\r\n"))
    reference = shelf.fetch(url, allowed_mimes=ALL, max_bytes=TEN_MB, trusted_hosts=[server.host])
    assert shelf.path(reference).read_bytes() == data and files(tmp_path) == [shelf.path(reference)]


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        (reply(b"", status="404 x"), ResultExpired, "isn’t an image we can reach"),
        (reply(b"", status="500 x"), FetchFailed, "isn’t an image we can reach"),
        (reply(b"<html>"), UnsupportedMedia, "a web page"),
        (reply(b"x", length=TEN_MB + 1), TooLarge, "up to 10 MB"),
    ],
)
def test_links_that_give_no_image(
    shelf: ReferenceShelf, server: FaultServer, tmp_path: Path, script: Script, kind: type[MediaError], words: str
) -> None:
    url = server.url("/a", script)
    with pytest.raises(kind) as caught:
        shelf.fetch(url, allowed_mimes=ALL, max_bytes=TEN_MB, trusted_hosts=[server.host])
    assert words in told(caught.value)
    assert files(tmp_path) == []


def test_a_link_inside(shelf: ReferenceShelf, server: FaultServer) -> None:
    with pytest.raises(UnsafePath, match="isn’t an image we can reach") as caught:
        shelf.fetch(server.url("/a", reply(samples.encoded())), allowed_mimes=ALL, max_bytes=TEN_MB)
    assert "443" in caught.value.next_step and server.requests == []


def test_from_the_gallery(shelf: ReferenceShelf, storage: LocalStorage) -> None:
    name = names.new_name(Modality.IMAGE, datetime(2026, 11, 22, tzinfo=UTC), "png")
    temp = storage.new_temp()
    data = samples.encoded("PNG", image=samples.noise(400, 400))
    temp.write_bytes(data)
    storage.put(temp, name)
    path = storage.path(name)
    assert path is not None
    for source in (name, path):
        reference = shelf.from_media(source, allowed_mimes=ALL, max_bytes=TEN_MB)
        assert shelf.path(reference).read_bytes() == data
    smaller = shelf.from_media(name, allowed_mimes=ALL, max_bytes=300_000)
    assert opened(shelf, smaller).format == "JPEG" and shelf.path(smaller).stat().st_size <= 300_000
    assert storage.exists(name)
    storage.delete(name)
    for source in (name, path):
        with pytest.raises(ResultExpired):
            shelf.from_media(source, allowed_mimes=ALL, max_bytes=TEN_MB)


def test_names_need_a_storage(tmp_path: Path) -> None:
    with pytest.raises(UnsafePath):
        ReferenceShelf(tmp_path).from_media("image.png", allowed_mimes=ALL, max_bytes=TEN_MB)


@pytest.mark.parametrize(
    "name", ["../secret.png", "a.png", "0" * 64 + ".svg", "0" * 63 + ".png", "0" * 64 + ".png\n", ""]
)
def test_foreign_names(shelf: ReferenceShelf, name: str) -> None:
    with pytest.raises(UnsafePath):
        shelf.path(Reference(filename=name))


def test_links_missing_files_and_symlinks_have_no_path(shelf: ReferenceShelf, tmp_path: Path) -> None:
    with pytest.raises(UnsafePath):
        shelf.path(Reference(url="https://cdn.example/a.png"))
    with pytest.raises(ResultExpired):
        shelf.path(Reference(filename="0" * 64 + ".png"))
    reference = shelf.add(samples.encoded(), allowed_mimes=ALL, max_bytes=TEN_MB)
    path = shelf.path(reference)
    path.unlink()
    (tmp_path / "secret").write_text("x")
    path.symlink_to(tmp_path / "secret")
    with pytest.raises(ResultExpired):
        shelf.path(reference)
    assert shelf.add(samples.encoded(), allowed_mimes=ALL, max_bytes=TEN_MB) == reference
    assert not shelf.path(reference).is_symlink() and (tmp_path / "secret").read_text() == "x"


def test_the_preview(shelf: ReferenceShelf) -> None:
    reference = shelf.add(samples.encoded(image=samples.picture(900, 600)), allowed_mimes=ALL, max_bytes=TEN_MB)
    with Image.open(io.BytesIO(shelf.thumbnail(reference))) as preview:
        assert (preview.format, preview.size) == ("WEBP", (256, 171))


def test_what_a_crash_left_goes_away(shelf: ReferenceShelf, tmp_path: Path) -> None:
    stale = tmp_path / "references" / ".incoming" / "stale"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"half")
    os.utime(stale, (time.time() - 9000, time.time() - 9000))
    shelf.add(samples.encoded(), allowed_mimes=ALL, max_bytes=TEN_MB)
    assert not stale.exists()
