from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from kaimedia.domain import Condition, Modality, SavedFile
from kaimedia.errors import (
    FetchFailed,
    KaimediaError,
    MediaError,
    ResultExpired,
    StorageFull,
    StorageUnavailable,
    UnsafePath,
    UnsupportedMedia,
)
from kaimedia.media import examine, names
from kaimedia.media.local import LocalStorage
from kaimedia.media.result_saver import ResultSaver
from tests.unit.media import samples
from tests.unit.media.fault_server import FaultServer, Script, reply

AT = datetime(2026, 11, 22, 10, 15, 30, tzinfo=UTC)


@pytest.fixture
def saver(storage: LocalStorage, server: FaultServer) -> ResultSaver:
    return ResultSaver(storage, trusted_hosts=[server.host])


def leftovers(storage: LocalStorage) -> list[Path]:
    return [path for path in storage.root.rglob("*") if path.is_file() and not names.is_ours(path.name)]


def names_of(saved: SavedFile) -> list[str]:
    given = (saved.filename, saved.thumbnail_name, saved.thumbnail_large_name, saved.poster_name)
    return sorted(name for name in given if name)


def test_an_image(saver: ResultSaver, storage: LocalStorage, server: FaultServer) -> None:
    data = samples.encoded("PNG", image=samples.sample_image(1200, 900))
    saved = saver.save(server.url("/result", reply(data)), modality=Modality.IMAGE, at=AT)
    stem = saved.filename.removesuffix(".png")
    assert stem.startswith("image_20261122T101530Z_")
    assert saved.thumbnail_name == f"{stem}_thumb.webp" and saved.thumbnail_large_name == f"{stem}_thumb2x.webp"
    assert (saved.mime_type, saved.width_px, saved.height_px) == ("image/png", 1200, 900)
    assert (saved.size_bytes, saved.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert saved.poster_name is None and saved.duration_s is None and len(saved.colors or "") == 12
    assert sorted(storage.files()) == names_of(saved) and leftovers(storage) == []
    with storage.open(saved.filename) as file:
        assert file.read() == data
    with storage.open(saved.thumbnail_name) as file, Image.open(file) as thumbnail:
        assert thumbnail.size == (512, 384)


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_a_video(
    saver: ResultSaver, storage: LocalStorage, server: FaultServer, container: str, tmp_path: Path
) -> None:
    video_file = samples.video(tmp_path / "video", container=container)
    url = server.url("/result.bin", reply(video_file.read_bytes(), headers="Content-Type: text/plain\r\n"))
    saved = saver.save(url, modality=Modality.VIDEO, at=AT)
    assert saved.filename.endswith(f".{container}") and saved.mime_type == f"video/{container}"
    assert (saved.width_px, saved.height_px) == (96, 64) and 1.9 < (saved.duration_s or 0) < 2.1
    assert saved.poster_name == names.poster_name(saved.filename) and saved.thumbnail_name and saved.colors
    assert sorted(storage.files()) == names_of(saved) and len(names_of(saved)) == 4 and leftovers(storage) == []


def test_hosts_trusted_this_once(storage: LocalStorage, server: FaultServer) -> None:
    url = server.url("/a", reply(samples.encoded()))
    with pytest.raises(UnsafePath):
        ResultSaver(storage).save(url, modality=Modality.IMAGE, at=AT)
    ResultSaver(storage).save(url, modality=Modality.IMAGE, at=AT, extra_hosts=[server.host])


def test_nothing_is_fetched_while_the_storage_does_not_respond(
    saver: ResultSaver, storage: LocalStorage, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(max_age_s: float = 0.0) -> None:
        raise StorageUnavailable("The bucket does not respond.")

    monkeypatch.setattr(storage, "check_responds", refuse)
    with pytest.raises(StorageUnavailable):
        saver.save(server.url("/result", reply(samples.encoded())), modality=Modality.IMAGE, at=AT)
    assert server.requests == []


WRONG: dict[str, tuple[Modality, Script, type[KaimediaError], str]] = {
    "html": (Modality.IMAGE, reply(b"<!doctype html><h1>Not found"), UnsupportedMedia, "a web page"),
    "json": (Modality.IMAGE, reply(b'{"code": 404}'), UnsupportedMedia, "JSON"),
    "xml": (Modality.VIDEO, reply(b"<?xml version='1.0'?><Error>x</Error>"), UnsupportedMedia, "XML"),
    "text": (Modality.VIDEO, reply(b"upstream request timeout"), UnsupportedMedia, "something else"),
    "gone": (Modality.IMAGE, reply(b"", status="404 x"), ResultExpired, "404"),
    "cut-image": (Modality.IMAGE, reply(samples.encoded()[:100], length=None), FetchFailed, "damaged"),
    "polyglot": (Modality.IMAGE, reply(b"\x89PNG\r\n\x1a\n<script>x</script>"), FetchFailed, "damaged"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_failed_save_leaves_nothing(
    saver: ResultSaver, storage: LocalStorage, server: FaultServer, case: str
) -> None:
    modality, script, kind, text = WRONG[case]
    with pytest.raises(kind, match=text):
        saver.save(server.url("/a", script), modality=modality, at=AT)
    assert list(storage.files()) == [] and leftovers(storage) == []


def test_a_result_of_another_kind_is_saved(saver: ResultSaver, server: FaultServer, video_file: Path) -> None:
    saved = saver.save(server.url("/a", reply(video_file.read_bytes())), modality=Modality.IMAGE, at=AT)
    assert (saved.media_type, saved.filename[:6], saved.condition) == (Modality.VIDEO, "video_", Condition.OK)
    saved = saver.save(server.url("/a", reply(samples.encoded())), modality=Modality.VIDEO, at=AT)
    assert (saved.media_type, saved.filename[:6]) == (Modality.IMAGE, "image_")


def test_a_cut_video_is_fetched_again(
    saver: ResultSaver, storage: LocalStorage, server: FaultServer, video_file: Path
) -> None:
    with pytest.raises(FetchFailed, match="incomplete") as caught:
        saver.save(server.url("/a", reply(video_file.read_bytes()[:-30], length=None)), modality=Modality.VIDEO, at=AT)
    assert caught.value.retryable and list(storage.files()) == []


def test_a_video_that_cannot_be_opened_is_kept(
    saver: ResultSaver, storage: LocalStorage, server: FaultServer, video_file: Path
) -> None:
    data = video_file.read_bytes()
    start = data.index(b"moov") + 4
    broken = data[:start] + bytes(80) + data[start + 80 :]
    saved = saver.save(server.url("/a", reply(broken)), modality=Modality.VIDEO, at=AT)
    assert list(storage.files()) == [saved.filename] and saved.sha256 == hashlib.sha256(broken).hexdigest()
    assert (saved.poster_name, saved.thumbnail_name, saved.width_px, saved.colors) == (None, None, None, None)


def test_a_video_whose_poster_is_not_an_image(
    saver: ResultSaver, storage: LocalStorage, server: FaultServer, video_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = examine.probe_video

    def spoiled(source: Path, poster: Path, *, demuxer: str | None = None) -> object:
        facts = probe(source, poster, demuxer=demuxer)
        poster.write_bytes(b"not an image")
        return facts

    monkeypatch.setattr(examine, "probe_video", spoiled)
    saved = saver.save(server.url("/a", reply(video_file.read_bytes())), modality=Modality.VIDEO, at=AT)
    assert list(storage.files()) == [saved.filename]
    assert (saved.width_px, saved.poster_name, saved.thumbnail_name) == (96, None, None)


@pytest.mark.slow
def test_an_image_with_too_many_pixels_is_kept(saver: ResultSaver, storage: LocalStorage, server: FaultServer) -> None:
    data = samples.encoded("PNG", image=Image.new("1", (16_000, 16_000)))
    saved = saver.save(server.url("/a", reply(data)), modality=Modality.IMAGE, at=AT)
    assert list(storage.files()) == [saved.filename] and leftovers(storage) == []
    assert (saved.thumbnail_name, saved.width_px, saved.colors) == (None, None, None)


def test_the_result_appears_last(
    saver: ResultSaver, storage: LocalStorage, server: FaultServer, video_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    put = storage.put
    monkeypatch.setattr(storage, "put", lambda temp, name, **how: (order.append(name), put(temp, name, **how))[1])
    saved = saver.save(server.url("/a", reply(video_file.read_bytes())), modality=Modality.VIDEO, at=AT)
    assert order[-1] == saved.filename and len(order) == 4


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_disk_that_fills_halfway_leaves_nothing(
    saver: ResultSaver, storage: LocalStorage, server: FaultServer, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    put, count = storage.put, iter(range(10))

    def filling(temp: Path, name: str, *, defer_sync: bool = False) -> None:
        if next(count) == failing:
            raise StorageFull("The disk that holds the media is full.")
        put(temp, name, defer_sync=defer_sync)

    monkeypatch.setattr(storage, "put", filling)
    with pytest.raises(StorageFull):
        saver.save(server.url("/a", reply(samples.encoded())), modality=Modality.IMAGE, at=AT)
    assert list(storage.files()) == [] and leftovers(storage) == []


def test_the_same_key_takes_the_same_name(saver: ResultSaver, storage: LocalStorage, server: FaultServer) -> None:
    url = server.url("/a", reply(samples.encoded()))
    first = saver.save(url, modality=Modality.IMAGE, at=AT, key="task:0")
    again = saver.save(url, modality=Modality.IMAGE, at=AT, key="task:0")
    other = saver.save(url, modality=Modality.IMAGE, at=AT, key="task:1")
    assert first == again and first.filename != other.filename
    assert len(list(storage.files())) == 6


def test_many_at_once(saver: ResultSaver, storage: LocalStorage, server: FaultServer) -> None:
    url = server.url("/a", reply(samples.encoded("JPEG", image=samples.sample_image(800, 600))))
    saved: list[SavedFile] = []
    errors: list[MediaError] = []

    def work() -> None:
        try:
            saved.append(saver.save(url, modality=Modality.IMAGE, at=AT))
        except MediaError as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == [] and len({one.filename for one in saved}) == 8
    assert len(list(storage.files())) == 24 and leftovers(storage) == []


def test_delete_and_room(saver: ResultSaver, storage: LocalStorage, server: FaultServer) -> None:
    saved = saver.save(server.url("/a", reply(samples.encoded())), modality=Modality.IMAGE, at=AT)
    saver.delete([saved.filename, saved.thumbnail_name, saved.thumbnail_large_name, saved.poster_name, saved.filename])
    assert list(storage.files()) == []
    assert not saver.has_space(10**18)
