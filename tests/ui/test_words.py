"""Sentences about tasks: how far, how long, and what was charged."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kaimedia.domain import ErrorCode, GenerationRequest, Modality, Phase, ProviderKind, Task, utc_now
from kaimedia.kie import catalog
from kaimedia.ui import words

NOW = utc_now()


def task(phase: Phase = Phase.GENERATING, **fields: object) -> Task:
    """A task for kie.ai, accepted 45 s ago."""
    values: dict[str, object] = {
        "task_id": "0" * 32,
        "modality": Modality.IMAGE,
        "model": "gpt4o-image",
        "provider": ProviderKind.KIE,
        "request": GenerationRequest("gpt4o-image", "a boat", "1:1"),
        "status": phase.status,
        "phase": phase,
        "progress": None,
        "media_ids": (),
        "created_at": NOW - timedelta(seconds=50),
        "updated_at": NOW,
        "accepted_at": NOW - timedelta(seconds=45),
    }
    return Task(**{**values, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("phase", "progress", "said"),
    [
        (Phase.QUEUED, None, "Waiting in line"),
        (Phase.SENDING, None, "Sending"),
        (Phase.WAITING, None, "Waiting in line · 45 s"),
        (Phase.WAITING, 0.0, "Waiting in line · **0%** · 45 s"),
        (Phase.WAITING, 0.85, "Rendering detail · **85%** · 45 s"),
        (Phase.GENERATING, 0.42, "Rendering detail · **42%** · 45 s"),
        (Phase.GENERATING, None, "Sketching composition · about 25% · 45 s"),
        (Phase.SAVING, 1.0, "Saving to your gallery · 45 s"),
    ],
)
def test_a_running_task_tells_how_far_and_since_when(phase: Phase, progress: float | None, said: str) -> None:
    assert words.progress_words(task(phase, progress=progress), catalog.get("gpt4o-image"), NOW)[1] == said


def test_an_estimate_stops_short_of_the_end_and_then_tells_the_time_only() -> None:
    late = task(accepted_at=NOW - timedelta(minutes=9))
    part, said = words.progress_words(late, catalog.get("gpt4o-image"), NOW)
    assert (part, said) == (words.MOST_ESTIMATED, "Rendering detail · 9 min 0 s")


def test_the_bar_stands_still_while_nobody_works() -> None:
    assert words.progress_words(task(Phase.WAITING), catalog.get("gpt4o-image"), NOW)[0] == 0.0
    assert words.progress_words(task(Phase.GENERATING), catalog.get("gpt4o-image"), NOW)[0] == 0.25


def test_a_result_that_is_fetched_again_is_not_in_a_line() -> None:
    again = task(Phase.WAITING, progress=0.85, provider_done_at=NOW - timedelta(hours=1))
    assert words.progress_words(again, catalog.get("gpt4o-image"), NOW) == (1.0, "Fetching the result again")


def test_the_sandbox_has_a_pace_of_its_own() -> None:
    drawn = task(provider=ProviderKind.SANDBOX, accepted_at=NOW - timedelta(seconds=4))
    said = words.progress_words(drawn, catalog.get("gpt4o-image"), NOW)[1]
    assert said == "Rendering detail · about 40% · 4 s"
    assert words.usual_line(drawn, catalog.get("gpt4o-image")) == "usually about 10 s"


def test_a_model_that_left_the_catalogue_still_tells_since_when() -> None:
    assert words.progress_words(task(), None, NOW)[1] == "Sketching composition · 45 s"


def test_nothing_was_charged_is_said_only_of_what_was_never_accepted() -> None:
    refused = task(Phase.FAILED, error_code=ErrorCode.REJECTED)
    assert words.next_step(refused).endswith("Nothing was charged.")
    accepted = task(Phase.FAILED, error_code=ErrorCode.REJECTED, provider_task_id="abc")
    assert words.next_step(accepted) == "Change the settings or the prompt and try again."


def test_a_key_at_its_own_limit_is_not_sent_to_be_checked() -> None:
    capped = task(Phase.FAILED, error_code=ErrorCode.BAD_KEY, error_message="This key's own limit is used up.")
    assert "Raise the key’s limit" in words.next_step(capped)
    wrong = task(Phase.FAILED, error_code=ErrorCode.BAD_KEY, error_message="kie.ai refused the provider key.")
    assert "Check the key" in words.next_step(wrong)


@pytest.mark.parametrize(("variants", "said"), [(1, "Image was made, but"), (4, "4 images were made, but")])
def test_many_images_are_spoken_of_as_many(variants: int, said: str) -> None:
    failed = task(Phase.FAILED, error_code=ErrorCode.NOT_SAVED)
    failed = replace(failed, request=replace(failed.request, variants=variants))
    assert f"{words.asked_for(failed)} {words.why_failed(failed)}".startswith(said)


def test_every_failure_has_a_next_step() -> None:
    assert all(words.next_step(task(Phase.FAILED, error_code=code)) for code in ErrorCode)
    assert words.typical_line(catalog.get("gpt4o-image")) == "usually 1–3 min"
