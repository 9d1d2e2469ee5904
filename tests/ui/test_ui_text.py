"""Texts about tasks: progress, duration, and charges."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kaimedia.domain import ErrorCode, GenerationRequest, Modality, NoteCode, Phase, ProviderName, Task, utc_now
from kaimedia.studio import cancel_question, next_step, retry_question
from kaimedia.ui import ui_text

NOW = utc_now()


def task(phase: Phase = Phase.GENERATING, **fields: object) -> Task:
    """A task for kie.ai, accepted 45 s ago."""
    values: dict[str, object] = {
        "task_id": "0" * 32,
        "modality": Modality.IMAGE,
        "model": "gpt4o-image",
        "provider": ProviderName.KIE,
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


def test_nothing_was_charged_is_shown_only_for_tasks_never_accepted() -> None:
    refused = task(Phase.FAILED, error_code=ErrorCode.REJECTED)
    assert next_step(refused).endswith("Nothing was charged.")
    accepted = task(Phase.FAILED, error_code=ErrorCode.REJECTED, provider_task_id="abc")
    assert next_step(accepted) == "Change the settings or the prompt and try again."


def test_a_key_at_its_own_limit_is_not_sent_to_be_checked() -> None:
    capped = task(Phase.FAILED, error_code=ErrorCode.BAD_KEY, note_code=NoteCode.KEY_LIMIT_REACHED)
    assert "Raise the key’s limit" in next_step(capped)
    wrong = task(Phase.FAILED, error_code=ErrorCode.BAD_KEY, error_message="kie.ai rejected the provider key.")
    assert "Check the key" in next_step(wrong)


@pytest.mark.parametrize(("variants", "expected"), [(1, "Image was generated but"), (4, "4 images were generated but")])
def test_several_images_use_the_plural(variants: int, expected: str) -> None:
    failed = task(Phase.FAILED, error_code=ErrorCode.NOT_SAVED)
    failed = replace(failed, request=replace(failed.request, variants=variants))
    assert f"{ui_text.output_label(failed)} {ui_text.why_failed(failed)}".startswith(expected)


def test_every_failure_has_a_next_step() -> None:
    for code in ErrorCode:
        step = next_step(task(Phase.FAILED, error_code=code, provider=ProviderName.SANDBOX))
        assert step.endswith(".") and step[0].isupper() and "{" not in step


def test_canceling_a_sent_task_asks_with_the_provider_named() -> None:
    assert "kie.ai may still finish and bill this" in str(cancel_question(task(Phase.WAITING)))
    assert "bill" not in str(cancel_question(task(Phase.SAVING, provider=ProviderName.SANDBOX)))
    for phase in (Phase.PREPARING, Phase.QUEUED, Phase.SENDING, Phase.DONE, Phase.FAILED):
        assert cancel_question(task(phase)) is None


def test_only_an_unknown_outcome_needs_confirmation_before_sending_again() -> None:
    asking = [code for code in ErrorCode if retry_question(task(Phase.FAILED, error_code=code))]
    assert asking == [ErrorCode.OUTCOME_UNKNOWN]


def test_one_toast_names_the_first_failed_task() -> None:
    one = task(Phase.FAILED, error_code=ErrorCode.MODERATED)
    assert ui_text.failed_toast([one]) == "“\u2068a boat\u2069” needs attention."
    assert ui_text.failed_toast([one, one, one]) == "“\u2068a boat\u2069” and 2 more need attention."
