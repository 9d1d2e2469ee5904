"""Many items as one ZIP over HTTP."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from starlette.testclient import TestClient

from kaimedia.context import AppContext
from kaimedia.domain import Phase
from tests.api.conftest import ask, is_problem
from tests.conftest import wait_for_phase


@pytest.mark.every_storage
def test_the_archive_holds_the_files_and_what_they_are(client: TestClient, context: AppContext) -> None:
    accepted = ask(client, "a boat", n_variants=2)
    wait_for_phase(context, accepted["task_id"], Phase.DONE)
    first, second = accepted["media_ids"]
    answer = client.post("/api/media/archive", json={"media_ids": [second, first, second, 99]})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert ".zip" in answer.headers["content-disposition"] and answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.testzip() is None
        notes = json.loads(packed.read("prompts.json"))
        assert [note["prompt"] for note in notes["files"]] == ["a boat", "a boat"]
        assert notes["missing"] == [{"id": 99}]
        for note, media_id in zip(notes["files"], (second, first), strict=True):
            with context.storage.open(context.studio.gallery.get(media_id).filename or "") as file:
                assert packed.read(note["file"]) == file.read()


def test_what_cannot_be_packed_is_named(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    is_problem(client.post("/api/media/archive", json={"media_ids": [7]}), 404, "not_found")
    for wrong in ([], [0], list(range(1, 50_002)), "1"):
        answer = client.post("/api/media/archive", json={"media_ids": wrong})
        is_problem(answer, 422, "invalid_request", "media_ids")


def test_a_misspelled_parameter_of_the_trash_is_named(idle: tuple[TestClient, AppContext]) -> None:
    is_problem(idle[0].get("/api/trash", params={"limits": 1}), 422, "invalid_request", "limits")
