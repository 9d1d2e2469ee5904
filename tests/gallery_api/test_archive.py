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

from kaimedia.context import AppContext
from kaimedia.domain import Media, Modality, Status, utc_now
from kaimedia.studio import Studio
from kaimedia.web.gallery import archive
from tests.conftest import image_request, video_request
from tests.finished import finished

pytestmark = pytest.mark.every_storage


@pytest.fixture
def made(gallery_api: TestClient, context: AppContext) -> list[int]:
    """Two images and a video."""
    requests = (image_request("A paper fox", variants=2), video_request("Ein Café", duration_s=4))
    return [each.id for request in requests for each in finished(context, request)[1]]


def opened(gallery_api: TestClient, *ids: int) -> tuple[ZipFile, dict[str, Any]]:
    """The archive of these items and its `prompts.json`."""
    answer = gallery_api.post("archive", data={"ids": ",".join(map(str, ids))})
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith('attachment; filename="kai-media-2')
    found = ZipFile(io.BytesIO(answer.content))
    assert found.testzip() is None
    return found, json.loads(found.read("prompts.json"))


def test_files_as_they_are_with_their_prompts(gallery_api: TestClient, context: AppContext, made: list[int]) -> None:
    context.studio.collections.add_tags(made[:1], ["Best"])
    found, response = opened(gallery_api, *made)
    assert [each["file"] for each in response["files"]] == found.namelist()[:-1]
    assert all(info.compress_type == ZIP_STORED for info in found.infolist())
    for media_id, note in zip(made, response["files"], strict=True):
        item = context.studio.gallery.get(media_id)
        with context.storage.open(item.filename or "") as file:
            assert found.read(note["file"]) == file.read()
        assert (note["prompt"], note["task_id"], note["model_id"]) == (item.prompt, item.task_id, item.model)
    assert response["files"][0]["tags"] == ["Best"] and response["files"][0]["file"].startswith("a-paper-fox-")
    assert response["files"][2]["file"].startswith("ein-café-") and response["files"][2]["file"].endswith(".mp4")
    assert response["missing"] == []


def test_what_is_not_there_is_named(gallery_api: TestClient, context: AppContext, made: list[int]) -> None:
    first, second, _ = made
    context.storage.delete([context.studio.gallery.get(first).filename or ""])
    found, response = opened(gallery_api, first, 999_999, second)
    assert len(found.namelist()) == 2
    assert response["missing"] == [{"id": 999_999}, {"id": first, **response["missing"][1]}]
    assert response["missing"][1]["prompt"] == "A paper fox"
    found, response = opened(gallery_api, 999_999)
    assert found.namelist() == ["prompts.json"] and response["files"] == []


@pytest.mark.parametrize("body", ["", "ids=", "ids=x", "ids=1,2,", "other=1", "ids=" + ",".join(["1"] * 200_001)])
def test_wrong_ids_are_refused_before_anything_is_sent(gallery_api: TestClient, body: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = gallery_api.post("archive", content=body, headers=headers)
    assert answer.status_code == 400 and "ids" in answer.json()["title"]
    large = gallery_api.post("archive", content="ids=" + "1," * 1_100_000, headers=headers)
    assert large.status_code == 413 and large.json()["code"] == "body_too_large"


def media(media_id: int = 1, prompt: str = "", filename: str | None = None) -> Media:
    """An item that does not exist."""
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
    """A file of a given size that uses no memory."""

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
    """A studio in which every item has a file of that size."""
    studio = SimpleNamespace(
        catalog=SimpleNamespace(models=lambda: ()),
        gallery=SimpleNamespace(
            by_ids=lambda ids: [media(each) for each in ids],
            open_file=lambda item: cast(BinaryIO, _Endless(size_bytes)),
        ),
        collections=SimpleNamespace(tags_of=lambda ids: {}),
        tasks=SimpleNamespace(by_ids=lambda ids: {}),
    )
    return cast(Studio, studio)


def sizes(pieces: Iterator[bytes]) -> tuple[int, int]:
    """All bytes of a stream and its largest chunk."""
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
    assert total > 1024**3 and largest <= archive.CHUNK_BYTES
    assert most < 8 * 1024**2
