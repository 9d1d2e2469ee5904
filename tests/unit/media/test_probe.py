from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kaimedia.domain import Modality
from kaimedia.errors import TooLarge, UnsupportedMedia
from kaimedia.media import image as images
from kaimedia.media.probe import ImageSize, described, measure_image, sniff, sniff_bytes
from tests.unit.media import samples


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.png", b"x")
    return out.getvalue()


FTYP = b"\x00\x00\x00\x18ftyp"
REFUSED = {
    "empty": (b"", "empty"),
    "html": (b"<!DOCTYPE html><html><title>gone</title>", "a web page"),
    "html-bom": (b"\xef\xbb\xbf \n<HTML>", "a web page"),
    "script": (b"<script>alert(1)</script>", "a web page"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
    "svg-xml": (b"<?xml version='1.0'?><svg/>", "an SVG drawing"),
    "json": (b'{"code": 404}', "JSON text"),
    "pdf": (b"%PDF-1.7\n", "a PDF"),
    "zip": (_zip(), "an archive"),
    "elf": (b"\x7fELF\x02\x01\x01" + bytes(60), "something else"),
    "text": (b"hello", "something else"),
    "half-png-signature": (b"\x89PNG<script>alert(1)</script>", "something else"),
    "half-gif-signature": (b"GIF=1;alert(1)//", "something else"),
    "webp-without-riff": (b"XXXX\x00\x00\x00\x00WEBPVP8 ", "something else"),
    "webm-without-type": (b"\x1a\x45\xdf\xa3" + bytes(60), "something else"),
    "mp3": (b"ID3\x04" + bytes(60), "something else"),
    "huge-ftyp": (b"\xff\xff\xff\xffftypisom" + bytes(60), "something else"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_other_types_are_refused_by_name(kind: str, tmp_path: Path) -> None:
    data, text = REFUSED[kind]
    path = tmp_path / "image.png"
    path.write_bytes(data)
    with pytest.raises(UnsupportedMedia, match=text):
        sniff(path)
    assert described(data) == text


@pytest.mark.parametrize(
    ("image_format", "mime_type", "ext"),
    [
        ("PNG", "image/png", "png"),
        ("JPEG", "image/jpeg", "jpg"),
        ("WEBP", "image/webp", "webp"),
        ("GIF", "image/gif", "gif"),
    ],
)
def test_images(image_format: str, mime_type: str, ext: str, tmp_path: Path) -> None:
    path = tmp_path / "anything.html"
    path.write_bytes(samples.encoded(image_format))
    sniffed = sniff(path)
    assert (sniffed.mime_type, sniffed.ext, sniffed.modality) == (mime_type, ext, Modality.IMAGE)
    assert measure_image(path) == ImageSize(64, 48)


@pytest.mark.parametrize(
    ("container", "mime_type"), [("mp4", "video/mp4"), ("webm", "video/webm"), ("mov", "video/quicktime")]
)
def test_videos(container: str, mime_type: str, tmp_path: Path) -> None:
    sniffed = sniff(samples.video(tmp_path / "video", frames=3, container=container))
    assert (sniffed.mime_type, sniffed.ext, sniffed.modality) == (mime_type, container, Modality.VIDEO)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_accepted_or_refused(data: bytes) -> None:
    for head in (data, FTYP + data, b"\x1a\x45\xdf\xa3" + data, b"RIFF" + data, b"\xff\xd8\xff" + data):
        try:
            sniff_bytes(head)
        except UnsupportedMedia as error:
            assert error.message


POLYGLOTS = {
    "png-and-script": b"\x89PNG\r\n\x1a\n<script>alert(document.domain)</script>",
    "gif-and-js": b"GIF89a=1;alert(1);/*" + bytes(30),
    "jpeg-and-php": b"\xff\xd8\xff\xe0<?php system($_GET[0]); ?>",
    "webp-and-html": b"RIFF\x24\x00\x00\x00WEBPVP8 <html><script>",
}


@pytest.mark.parametrize("kind", POLYGLOTS)
def test_a_signature_alone_is_not_an_image(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(POLYGLOTS[kind])
    sniff(path)
    with pytest.raises(UnsupportedMedia, match="damaged"):
        measure_image(path)


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_truncated_image_is_detected(image_format: str, share: float, tmp_path: Path) -> None:
    data = samples.encoded(image_format, image=samples.noise(120, 90))
    path = tmp_path / "a"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UnsupportedMedia, match="damaged"):
        measure_image(path)


@pytest.mark.slow
@pytest.mark.parametrize(("image_format", "side"), [("PNG", 7072), ("PNG", 14500), ("WEBP", 5001), ("GIF", 7072)])
def test_too_many_pixels(image_format: str, side: int, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(samples.encoded(image_format, image=Image.new("P", (side, side))))
    with pytest.raises(TooLarge, match="megapixels"):
        measure_image(path)


def test_rotated_images_are_measured_as_displayed(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[images.ORIENTATION_TAG] = 6
    path.write_bytes(samples.encoded("JPEG", exif=exif))
    assert measure_image(path) == ImageSize(48, 64)


@pytest.mark.filterwarnings("ignore:.*EXIF data:UserWarning")
def test_a_broken_exif_block_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(samples.encoded("JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff"))
    assert measure_image(path) == ImageSize(64, 48)
