"""Every kind of file is saved, with a thumbnail if we can decode it."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from PIL import Image, ImageCms

from kaimedia.domain import Condition, Modality, SavedFile
from kaimedia.errors import FetchFailed
from kaimedia.media import kinds
from kaimedia.media.local import LocalStorage
from kaimedia.media.result_saver import ResultSaver
from tests.unit.media import zoo
from tests.unit.media.fault_server import FaultServer, reply

pytestmark = pytest.mark.slow

AT = datetime(2026, 11, 22, tzinfo=UTC)


def save(storage: LocalStorage, server: FaultServer, data: bytes, modality: Modality = Modality.IMAGE) -> SavedFile:
    saver = ResultSaver(storage, trusted_hosts=[server.host])
    saved = saver.save(server.url("/a", reply(data)), modality=modality, at=AT)
    with storage.open(saved.filename) as file:
        assert file.read() == data
    return saved


def test_there_are_enough() -> None:
    assert len(zoo.IMAGES) + len(zoo.VIDEOS) + len(zoo.UNREADABLE) >= 100


@pytest.mark.filterwarnings("ignore:.*EXIF data:UserWarning")
@pytest.mark.parametrize("name", [*zoo.IMAGES, *zoo.VIDEOS])
def test_it_is_saved_with_a_thumbnail(storage: LocalStorage, server: FaultServer, name: str) -> None:
    ext, make = (zoo.IMAGES | zoo.VIDEOS)[name]
    saved = save(storage, server, make())
    kind = kinds.BY_EXT[ext]
    assert (saved.filename.rpartition(".")[2], saved.mime_type, saved.media_type) == (
        ext,
        kind.mime_type,
        kind.modality,
    )
    odd = name == "jpeg-junk-before"
    assert saved.condition is (Condition.OK if kind.is_shown and not odd else Condition.UNSHOWABLE)
    assert saved.thumbnail_name and saved.thumbnail_large_name and saved.width_px and saved.colors
    assert (saved.poster_name is not None) is (kind.modality is Modality.VIDEO)


@pytest.mark.parametrize("name", zoo.UNREADABLE)
def test_an_unreadable_kind_is_saved_without_a_thumbnail(storage: LocalStorage, server: FaultServer, name: str) -> None:
    ext, data = zoo.UNREADABLE[name]
    saved = save(storage, server, data)
    assert saved.filename.endswith(f".{ext}") and saved.thumbnail_name is None
    assert saved.condition is (Condition.OK if kinds.BY_EXT[ext].is_shown else Condition.UNSHOWABLE)


CUT = ["png-rgba", "jpeg", "webp", "gif", "avif", "mp4", "mov", "avi", "webm", "mp4-index-first"]


@pytest.mark.parametrize("share", [0.5, 0.9])
@pytest.mark.parametrize("name", CUT)
def test_a_truncated_file_is_saved_when_it_comes_again(
    storage: LocalStorage, server: FaultServer, name: str, share: float
) -> None:
    _, make = (zoo.IMAGES | zoo.VIDEOS)[name]
    data = make()
    data = data[: int(len(data) * share)]
    saver = ResultSaver(storage, trusted_hosts=[server.host])
    url = server.url("/a", reply(data))
    with pytest.raises(FetchFailed) as caught:
        saver.save(url, modality=Modality.IMAGE, at=AT)
    assert caught.value.sha256 and list(storage.files()) == []
    saved = saver.save(url, modality=Modality.IMAGE, at=AT, seen_sha256=caught.value.sha256)
    assert saved.condition is Condition.DAMAGED and storage.facts(saved.filename)


@pytest.mark.parametrize("name", ["png-rgba", "mp4"])
def test_a_partial_transfer_is_saved_only_at_the_last_try(
    storage: LocalStorage, server: FaultServer, name: str
) -> None:
    data = (zoo.IMAGES | zoo.VIDEOS)[name][1]()
    saver = ResultSaver(storage, trusted_hosts=[server.host])
    url = server.url("/a", reply(data[: len(data) // 2], length=len(data)))
    with pytest.raises(FetchFailed) as caught:
        saver.save(url, modality=Modality.IMAGE, at=AT)
    with pytest.raises(FetchFailed):
        saver.save(url, modality=Modality.IMAGE, at=AT, seen_sha256=caught.value.sha256)
    saved = saver.save(url, modality=Modality.IMAGE, at=AT, is_last_try=True)
    assert saved.condition is Condition.DAMAGED


OTHER = {
    "svg": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
    "pdf": b"%PDF-1.7\n" + bytes(90),
    "zip": b"PK\x03\x04" + bytes(90),
    "mp3": b"ID3\x04" + bytes(90),
    "wav": b"RIFF\x24\0\0\0WAVEfmt " + bytes(90),
    "bin": bytes(range(256)),
}


@pytest.mark.parametrize("ext", OTHER)
def test_another_kind_is_saved_once_confirmed(storage: LocalStorage, server: FaultServer, ext: str) -> None:
    saver = ResultSaver(storage, trusted_hosts=[server.host])
    url = server.url("/a", reply(OTHER[ext]))
    with pytest.raises(FetchFailed) as caught:
        saver.save(url, modality=Modality.VIDEO, at=AT)
    saved = saver.save(url, modality=Modality.VIDEO, at=AT, seen_sha256=caught.value.sha256)
    modality = kinds.BY_EXT[ext].modality
    assert saved.filename.startswith("image_" if modality else "video_") and saved.filename.endswith(f".{ext}")
    assert (saved.condition, saved.media_type, saved.thumbnail_name) == (Condition.UNSHOWABLE, modality, None)


@pytest.mark.parametrize(
    ("name", "color"),
    [
        ("png-rgba", (220, 30, 30, 255)),
        ("jpeg-cmyk", (220, 30, 30, 255)),
        ("png-16-color", (128, 16, 255, 255)),
        ("png-key-color", (220, 30, 30, 0)),
        ("png-profile", (220, 30, 30, 255)),
        ("avif-alpha", (220, 30, 30, 255)),
    ],
)
def test_thumbnails_look_like_the_image(
    storage: LocalStorage, server: FaultServer, name: str, color: tuple[int, ...]
) -> None:
    saved = save(storage, server, zoo.IMAGES[name][1]())
    for thumbnail in (saved.thumbnail_name, saved.thumbnail_large_name):
        assert thumbnail
        with storage.open(thumbnail) as file:
            shown = zoo.shown_color(file.read())
        assert shown[3] == color[3]
        if color[3]:
            assert all(abs(ours - theirs) <= 24 for ours, theirs in zip(shown, color, strict=True)), shown


def test_a_profile_that_swaps_colors_is_applied(storage: LocalStorage, server: FaultServer) -> None:
    """The stored values differ strongly from the colors the profile gives them."""
    data = zoo.IMAGES["png-shared-profile"][1]()
    with Image.open(io.BytesIO(data)) as image:
        stored = image.convert("RGB").getpixel((image.width // 2, image.height // 4))
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        shown = ImageCms.profileToProfile(image.convert("RGB"), profile, ImageCms.createProfile("sRGB"))
        assert shown is not None
        right = shown.getpixel((image.width // 2, image.height // 4))
    saved = save(storage, server, data)
    assert saved.thumbnail_name
    with storage.open(saved.thumbnail_name) as file:
        ours = zoo.shown_color(file.read())[:3]
    assert right != stored and isinstance(right, tuple) and isinstance(stored, tuple)
    assert max(abs(a - b) for a, b in zip(ours, right, strict=True)) <= 24, (ours, right, stored)
