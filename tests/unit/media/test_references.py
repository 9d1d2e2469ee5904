from __future__ import annotations

import hashlib
import io
import os
import time
from pathlib import Path

import pytest
from PIL import Image

from kaimedia.domain import Reference
from kaimedia.errors import FetchFailed, MediaError, ResultExpired, TooLarge, UnsafePath, UnsupportedMedia
from kaimedia.media import image as images
from kaimedia.media import names
from kaimedia.media.references import ReferenceStore
from tests.unit.media import samples
from tests.unit.media.fault_server import FaultServer, Script, reply

ALL = ("image/png", "image/jpeg", "image/webp")
STRICT = ("image/png", "image/jpg")
TEN_MB = 10 * 1024**2


@pytest.fixture
def references(tmp_path: Path) -> ReferenceStore:
    return ReferenceStore(tmp_path / "references")


def opened(references: ReferenceStore, reference: Reference) -> Image.Image:
    with Image.open(references.path(reference)) as image:
        image.load()
        return image


def files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "references").rglob("*") if path.is_file()]


@pytest.mark.parametrize(("image_format", "ext"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
def test_allowed_images_are_kept_as_they_are(
    references: ReferenceStore, tmp_path: Path, image_format: str, ext: str
) -> None:
    data = samples.encoded(image_format)
    reference = references.add(data, allowed_mimes=ALL, max_bytes=TEN_MB)
    assert reference.filename == f"{hashlib.sha256(data).hexdigest()}.{ext}" and reference.url is None
    assert references.path(reference).read_bytes() == data
    assert references.add(data, allowed_mimes=ALL, max_bytes=TEN_MB) == reference
    assert files(tmp_path) == [references.path(reference)]
    assert references.mime_type(reference) == names.mime_of(reference.filename) == names.MIME_TYPES[ext]


def test_webp_becomes_png_where_it_is_not_accepted(references: ReferenceStore) -> None:
    data = samples.encoded("WEBP", image=Image.new("RGBA", (40, 30), (9, 9, 9, 90)), lossless=True)
    image = opened(references, references.add(data, allowed_mimes=STRICT, max_bytes=TEN_MB))
    assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (40, 30))


def test_a_conversion_that_grows_too_big_becomes_a_jpeg(references: ReferenceStore) -> None:
    data = samples.encoded("WEBP", image=samples.noise(400, 400), quality=50)
    image = opened(references, references.add(data, allowed_mimes=STRICT, max_bytes=300_000))
    assert (image.format, image.size) == ("JPEG", (400, 400))


def test_jpeg_alone_and_webp_alone(references: ReferenceStore) -> None:
    see_through = samples.encoded("PNG", image=Image.new("RGBA", (20, 20), (255, 0, 0, 0)))
    image = opened(references, references.add(see_through, allowed_mimes=["image/jpeg"], max_bytes=TEN_MB))
    assert image.format == "JPEG" and image.getpixel((5, 5)) == (255, 255, 255)
    image = opened(references, references.add(see_through, allowed_mimes=["image/webp"], max_bytes=TEN_MB))
    assert image.format == "WEBP"


def test_conversion_turns_the_image_upright(references: ReferenceStore) -> None:
    exif = Image.Exif()
    exif[images.ORIENTATION_TAG] = 6
    data = samples.encoded("JPEG", image=samples.sample_image(60, 40), exif=exif)
    image = opened(references, references.add(data, allowed_mimes=["image/png"], max_bytes=TEN_MB))
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


def full_message(error: MediaError) -> str:
    return f"{error.message} {error.next_step}"


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_image_leaves_nothing(references: ReferenceStore, tmp_path: Path, case: str) -> None:
    data, kind, text = REFUSED[case]
    with pytest.raises(kind) as caught:
        references.add(data, allowed_mimes=ALL, max_bytes=TEN_MB)
    assert type(caught.value) is kind and text in full_message(caught.value)
    assert not (tmp_path / "references").exists() or files(tmp_path) == []


def test_a_video_is_no_reference(references: ReferenceStore, video_file: Path) -> None:
    with pytest.raises(UnsupportedMedia, match="This is a video, not an image") as caught:
        references.add(video_file.read_bytes(), allowed_mimes=STRICT, max_bytes=1024 * 1536)
    assert "Use a PNG or JPEG up to 1.5 MB." in full_message(caught.value)
    with pytest.raises(UnsupportedMedia):
        references.from_media(video_file, allowed_mimes=STRICT, max_bytes=TEN_MB)


def test_a_single_unusual_type(references: ReferenceStore) -> None:
    with pytest.raises(UnsupportedMedia, match="not supported") as caught:
        references.add(samples.encoded(), allowed_mimes=["image/avif"], max_bytes=TEN_MB)
    assert "Use a image/avif" in full_message(caught.value)


def test_too_big_even_as_jpeg(references: ReferenceStore) -> None:
    with pytest.raises(TooLarge):
        references.add(
            samples.encoded("WEBP", image=samples.noise(64, 64), quality=1), allowed_mimes=STRICT, max_bytes=1200
        )


def test_a_link(references: ReferenceStore, server: FaultServer, tmp_path: Path) -> None:
    data = samples.encoded("JPEG")
    url = server.url("/a.html", reply(data, headers="Content-Type: text/html\r\n"))
    reference = references.fetch(url, allowed_mimes=ALL, max_bytes=TEN_MB, trusted_hosts=[server.host])
    assert references.path(reference).read_bytes() == data and files(tmp_path) == [references.path(reference)]


@pytest.mark.parametrize(
    ("script", "kind", "text"),
    [
        (reply(b"", status="404 x"), ResultExpired, "can’t load an image"),
        (reply(b"", status="500 x"), FetchFailed, "can’t load an image"),
        (reply(b"<html>"), UnsupportedMedia, "a web page"),
        (reply(b"x", length=TEN_MB + 1), TooLarge, "up to 10 MB"),
    ],
)
def test_links_that_give_no_image(
    references: ReferenceStore, server: FaultServer, tmp_path: Path, script: Script, kind: type[MediaError], text: str
) -> None:
    url = server.url("/a", script)
    with pytest.raises(kind) as caught:
        references.fetch(url, allowed_mimes=ALL, max_bytes=TEN_MB, trusted_hosts=[server.host])
    assert text in full_message(caught.value)
    assert files(tmp_path) == []


def test_a_link_into_a_private_network(references: ReferenceStore, server: FaultServer) -> None:
    with pytest.raises(UnsafePath, match="can’t load an image") as caught:
        references.fetch(server.url("/a", reply(samples.encoded())), allowed_mimes=ALL, max_bytes=TEN_MB)
    assert "443" in caught.value.next_step and server.requests == []


def test_from_the_gallery(references: ReferenceStore, tmp_path: Path) -> None:
    source = tmp_path / "image.png"
    data = samples.encoded("PNG", image=samples.noise(400, 400))
    source.write_bytes(data)
    reference = references.from_media(source, allowed_mimes=ALL, max_bytes=TEN_MB)
    assert references.path(reference).read_bytes() == data
    smaller = references.from_media(source, allowed_mimes=ALL, max_bytes=300_000)
    assert opened(references, smaller).format == "JPEG" and references.path(smaller).stat().st_size <= 300_000
    assert source.read_bytes() == data


@pytest.mark.parametrize(
    "name", ["../secret.png", "a.png", "0" * 64 + ".svg", "0" * 63 + ".png", "0" * 64 + ".png\n", ""]
)
def test_foreign_names(references: ReferenceStore, name: str) -> None:
    with pytest.raises(UnsafePath):
        references.path(Reference(filename=name))


def test_links_missing_files_and_symlinks_have_no_path(references: ReferenceStore, tmp_path: Path) -> None:
    with pytest.raises(UnsafePath):
        references.path(Reference(url="https://cdn.example/a.png"))
    with pytest.raises(ResultExpired):
        references.path(Reference(filename="0" * 64 + ".png"))
    reference = references.add(samples.encoded(), allowed_mimes=ALL, max_bytes=TEN_MB)
    path = references.path(reference)
    path.unlink()
    (tmp_path / "secret").write_text("x")
    path.symlink_to(tmp_path / "secret")
    with pytest.raises(ResultExpired):
        references.path(reference)
    assert references.add(samples.encoded(), allowed_mimes=ALL, max_bytes=TEN_MB) == reference
    assert not references.path(reference).is_symlink() and (tmp_path / "secret").read_text() == "x"


def test_the_preview(references: ReferenceStore) -> None:
    reference = references.add(
        samples.encoded(image=samples.sample_image(900, 600)), allowed_mimes=ALL, max_bytes=TEN_MB
    )
    with Image.open(io.BytesIO(references.thumbnail(reference))) as preview:
        assert (preview.format, preview.size) == ("WEBP", (256, 171))


def test_leftovers_of_a_crash_are_deleted(references: ReferenceStore, tmp_path: Path) -> None:
    stale = tmp_path / "references" / ".incoming" / "stale"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"half")
    os.utime(stale, (time.time() - 9000, time.time() - 9000))
    references.add(samples.encoded(), allowed_mimes=ALL, max_bytes=TEN_MB)
    assert not stale.exists()
