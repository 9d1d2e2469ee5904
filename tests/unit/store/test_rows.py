"""Requests survive a JSON round trip; changeable fields are listed once."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaimedia.domain import ErrorCode, GenerationRequest, InputKind, Media, Modality, Phase, Reference, Role, Task
from kaimedia.store.rows import CHANGEABLE, column_value, request_from, request_json
from kaimedia.store.tables import MEDIA, SETTINGS, TASKS

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
PARAMS = st.dictionaries(st.text(max_size=8), st.recursive(SCALARS, st.lists, max_leaves=4), max_size=4)
ROLES = st.none() | st.sampled_from(Role)
KINDS = st.sampled_from(InputKind)
REFERENCES = st.lists(
    st.builds(Reference, filename=st.text(), media_id=st.none() | st.integers(), url=st.none(), role=ROLES, kind=KINDS)
    | st.builds(Reference, url=st.text(), role=ROLES, kind=KINDS),
    max_size=3,
).map(tuple)
REQUESTS = st.builds(
    GenerationRequest,
    model=st.text(),
    prompt=st.text(),
    aspect_ratio=st.text(),
    variants=st.integers(1, 4),
    duration_s=st.none() | st.integers(1, 60),
    enhance=st.booleans(),
    references=REFERENCES,
    params=PARAMS,
)


@given(REQUESTS)
def test_a_request_round_trips(request: GenerationRequest) -> None:
    assert request_from(json.loads(json.dumps(request_json(request)))) == request


@pytest.mark.parametrize(("modality", "role"), [(Modality.IMAGE, Role.REFERENCE), (Modality.VIDEO, Role.FIRST_FRAME)])
def test_the_one_reference_of_an_earlier_version_is_read(modality: Modality, role: Role) -> None:
    stored = {"model": "m", "reference": {"filename": "a.png", "url": None}}
    assert request_from(stored, modality).references == (Reference(filename="a.png", role=role),)


def test_a_request_of_a_bare_row_is_empty() -> None:
    assert request_from({}) == GenerationRequest(model="", prompt="", aspect_ratio="")


def test_values_are_converted_for_columns() -> None:
    assert column_value(Phase.SAVING) == "saving" and type(column_value(Phase.SAVING)) is str
    assert type(column_value(ErrorCode.EXPIRED)) is str
    assert column_value(("a", "b")) == ["a", "b"]
    assert column_value(GenerationRequest("m", "p", "1:1"))["prompt"] == "p"
    assert column_value(0.5) == 0.5 and column_value(None) is None


def test_every_field_of_the_read_models_is_stored() -> None:
    apart = {"media_ids"}
    assert {field.name for field in fields(Task)} - apart <= set(TASKS.c.keys())
    assert {field.name for field in fields(Media)} - {"duration_s"} <= set(MEDIA.c.keys())
    assert {"phase", "note", "due_at", "progress", "result_urls", "reference_urls", "request"} <= CHANGEABLE
    assert not {"task_id", "status", "media_ids", "created_at", "updated_at", "owner"} & CHANGEABLE


def test_released_columns_keep_their_names_and_order() -> None:
    media = "id media_type prompt model aspect_ratio task_id filename file_path thumbnail_path duration status"
    assert list(MEDIA.c.keys())[:14] == [*media.split(), "error_message", "created_at", "completed_at"]
    assert list(TASKS.c.keys())[:7] == ["id", "media_id", "task_id", "status", "progress", "created_at", "updated_at"]
    assert list(SETTINGS.c.keys())[:8] == [
        "id",
        "api_key",
        "default_image_model",
        "default_video_model",
        "default_image_aspect_ratio",
        "default_video_aspect_ratio",
        "default_variant_count",
        "default_video_duration",
    ]


def test_every_added_column_has_a_default() -> None:
    for table, published in ((MEDIA, 14), (TASKS, 7), (SETTINGS, 10)):
        for column in list(table.c)[published:]:
            assert column.nullable or column.server_default is not None, column


def test_an_earlier_version_finds_the_first_reference() -> None:
    references = (Reference(filename="a.png", media_id=3, role=Role.FIRST_FRAME), Reference(url="https://x.example"))
    stored = request_json(GenerationRequest("m", "p", "1:1", references=references))
    assert stored["reference"]["filename"] == "a.png" and stored["reference"]["media_id"] == 3
    assert request_json(GenerationRequest("m", "p", "1:1"))["reference"] is None


def test_the_facts_of_a_video_input_are_kept() -> None:
    video = Reference("a.mp4", kind=InputKind.VIDEO, mime_type="video/mp4", size_bytes=9, duration_s=3.5)
    request = GenerationRequest("topaz-video-upscale", "", "", references=(video,))
    assert request_from(json.loads(json.dumps(request_json(request)))).references == (video,)
