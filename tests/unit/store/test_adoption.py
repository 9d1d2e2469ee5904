"""Rows of hand-made tables, even unusual ones, are converted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kaimedia.store.migrations.adoption import UNDER_WAY, media_rows, moment, settings_row, task_rows

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ITEM = {"id": 1, "media_type": "image", "prompt": "p", "model": "m", "status": "completed"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-01-02 03:04:05", datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2025-01-02T03:04:05.5Z", datetime(2025, 1, 2, 3, 4, 5, 500000, tzinfo=UTC)),
        (datetime(2025, 1, 2), datetime(2025, 1, 2, tzinfo=UTC)),
        (datetime(2025, 1, 2, 5, tzinfo=timezone(timedelta(hours=5))), datetime(2025, 1, 2, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (1735787045.5, datetime(2025, 1, 2, 3, 4, 5, 500000, tzinfo=UTC)),
        (1e300, None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_times_in_many_formats(value: object, expected: datetime | None) -> None:
    assert moment(value) == expected


def test_media_get_variant_numbers() -> None:
    rows = [ITEM | {"id": place, "task_id": task} for place, task in ((1, "a"), (2, "b"), (3, "a"), (4, None))]
    found = list(media_rows(iter(rows), {4: "c"}, NOW))
    assert [(row["task_id"], row["variant"]) for row in found] == [("a", 0), ("b", 0), ("a", 1), ("c", 0)]
    assert all(row["created_at"] == NOW and row["completed_at"] is None for row in found)


def test_invalid_media_values_are_repaired() -> None:
    odd = {"id": 1, "media_type": "gif", "prompt": None, "model": None, "status": "strange", "duration": "5"}
    (row,) = media_rows(iter([odd]), {}, NOW)
    assert (row["media_type"], row["prompt"], row["model"], row["duration"]) == ("image", "", "", 5)
    assert (row["status"], row["error_message"], len(row["task_id"])) == ("failed", UNDER_WAY, 32)


def test_tasks_with_the_same_id_stay_separate() -> None:
    media = {row["id"]: row for row in media_rows(iter([ITEM | {"task_id": "t"}]), {}, NOW)}
    rows = [
        {"id": place, "media_id": item, "task_id": "t", "status": "failed"} for place, item in ((1, 1), (2, 1), (3, 9))
    ]
    found = list(task_rows(iter(rows), media, NOW))
    assert [row["id"] for row in found] == [1, 2], "the third has no media"
    assert found[0]["task_id"] == "t" != found[1]["task_id"]
    assert (found[0]["error_code"], found[0]["dismissed_at"], found[0]["phase"]) == ("provider_failed", NOW, "failed")
    (unnamed,) = task_rows(iter([{"id": 1, "media_id": 1, "task_id": None, "status": "pending"}]), media, NOW)
    assert (unnamed["task_id"], unnamed["error_code"], unnamed["may_have_cost"]) == ("t", "outcome_unknown", True)


@pytest.mark.parametrize(("key", "kept"), [("gAAAAabc", "gAAAAabc"), ("sk-plain", None), (None, None), (5, None)])
def test_an_unencrypted_key_is_dropped(key: object, kept: str | None) -> None:
    assert settings_row(iter([{"id": 1, "api_key": key}]), NOW)["api_key"] == kept


def test_settings_without_a_row_are_the_defaults() -> None:
    assert settings_row(iter([]), NOW) == {"id": 1, "api_key": None, "created_at": NOW, "updated_at": NOW}
