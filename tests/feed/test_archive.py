"""Many items as one ZIP."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, BinaryIO, cast
from zipfile import ZIP_STORED, ZipFile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from kaimedia.bootstrap import House
from kaimedia.domain import Media, Modality, Phase, Status, utc_now
from kaimedia.feed import archive
from kaimedia.studio import Studio
from tests.conftest import image_request, video_request, wait_for_phase


@pytest.fixture
def made(feed: TestClient, house: House) -> list[int]:
    """Two pictures and a clip."""
    found: list[int] = []
    for request in (image_request("A paper fox", variants=2), video_request("Ein Café", duration_s=4)):
        task = house.studio.submit(request)
        found += wait_for_phase(house, task.task_id, Phase.DONE).media_ids
    return found


def opened(feed: TestClient, *ids: int) -> tuple[ZipFile, dict[str, Any]]:
    """The archive of these items and its `prompts.json`."""
    answer = feed.post("archive", data={"ids": ",".join(map(str, ids))})
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith('attachment; filename="kai-media-2')
    found = ZipFile(io.BytesIO(answer.content))
    assert found.testzip() is None
    return found, json.loads(found.read("prompts.json"))


def test_files_as_they_are_with_their_prompts(feed: TestClient, house: House, made: list[int]) -> None:
    house.studio.add_tags(made[:1], ["Best"])
    found, told = opened(feed, *made)
    assert [each["file"] for each in told["files"]] == found.namelist()[:-1]
    assert all(info.compress_type == ZIP_STORED for info in found.infolist())
    for media_id, note in zip(made, told["files"], strict=True):
        item = house.studio.media(media_id)
        with house.storage.open(item.filename or "") as file:
            assert found.read(note["file"]) == file.read()
        assert (note["prompt"], note["task_id"], note["model_id"]) == (item.prompt, item.task_id, item.model)
    assert told["files"][0]["tags"] == ["Best"] and told["files"][0]["file"].startswith("a-paper-fox-")
    assert told["files"][2]["file"].startswith("ein-café-") and told["files"][2]["file"].endswith(".mp4")
    assert told["missing"] == []


def test_what_is_not_there_is_named(feed: TestClient, house: House, made: list[int]) -> None:
    first, second, _ = made
    house.storage.delete(house.studio.media(first).filename or "")
    found, told = opened(feed, first, 999_999, second)
    assert len(found.namelist()) == 2
    assert told["missing"] == [{"id": 999_999}, {"id": first, **told["missing"][1]}]
    assert told["missing"][1]["prompt"] == "A paper fox"
    found, told = opened(feed, 999_999)
    assert found.namelist() == ["prompts.json"] and told["files"] == []


@pytest.mark.parametrize("body", ["", "ids=", "ids=x", "ids=1,2,", "other=1", "ids=" + ",".join(["1"] * 200_001)])
def test_wrong_ids_are_refused_before_anything_is_sent(feed: TestClient, body: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = feed.post("archive", content=body, headers=headers)
    assert answer.status_code == 400 and "ids" in answer.json()["title"]
    large = feed.post("archive", content="ids=" + "1," * 1_100_000, headers=headers)
    assert large.status_code == 413 and large.json()["code"] == "body_too_large"


def media(media_id: int = 1, prompt: str = "", filename: str | None = None) -> Media:
    """An item that exists nowhere."""
    name = filename or f"image_20261122T101530Z_{media_id:032x}.png"
    plain = Media(
        id=media_id,
        media_type=Modality.IMAGE,
        prompt=prompt,
        model="m",
        aspect_ratio="1:1",
        task_id="t",
        status=Status.COMPLETED,
        created_at=utc_now(),
    )
    return replace(plain, filename=name)


@given(st.lists(st.text(max_size=300), min_size=1, max_size=12))
@example(["../../etc/passwd", "..\\..\\x", "/abs", "C:\\x"])
@example(["a\x00b", "\u202egnp.exe", "CON", "nul", "aux.", "x" * 300, "字" * 300, ".", " ", "PROMPTS.JSON"])
@example(["A", "a", "Ａ", "ß", "SS"])
def test_names_are_plain_and_each_its_own(prompts: list[str]) -> None:
    taken = {archive.NOTES}
    found = [archive.free_name(media(prompt=prompt), taken) for prompt in prompts]
    assert len({name.casefold() for name in found} | {archive.NOTES}) == len(prompts) + 1
    for name in found:
        assert not set(name) & set('/\\:*?"<>|') and name.isprintable() and len(name.encode()) < 255
        assert name.endswith(".png") and not name.startswith((".", "-")) and name.split(".")[0].upper() != "CON"


class _Endless:
    """A file of a given size that takes no room."""

    def __init__(self, size_bytes: int) -> None:
        self._left = size_bytes

    def read(self, most: int) -> bytes:
        piece = bytes(min(most, self._left))
        self._left -= len(piece)
        return piece

    def __enter__(self) -> _Endless:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def pretended(size_bytes: int) -> Studio:
    """A studio whose every item has a file of that size."""
    studio = SimpleNamespace(
        models=lambda: (),
        media_by_ids=lambda ids: [media(each) for each in ids],
        tags_of=lambda ids: {},
        tasks_by_ids=lambda ids: {},
        open_file=lambda item: cast(BinaryIO, _Endless(size_bytes)),
    )
    return cast(Studio, studio)


def sizes(pieces: Iterator[bytes]) -> tuple[int, int]:
    """All bytes of a stream and the largest piece."""
    total = largest = 0
    for piece in pieces:
        total += len(piece)
        largest = max(largest, len(piece))
    return total, largest


def test_a_gigabyte_takes_no_memory() -> None:
    tracemalloc.start()
    try:
        total, largest = sizes(archive.stream(pretended(32 * 1024**2), range(1, 33)))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total > 1024**3 and largest <= archive.PIECE_BYTES
    assert most < 8 * 1024**2
