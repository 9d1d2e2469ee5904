"""Progress texts of a task: only what was reported."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kaimedia.domain import Phase, ProviderName
from kaimedia.studio import TimeBasis, TypicalTime
from kaimedia.ui.generate import progress_text
from tests.ui.test_ui_text import NOW, task

USUAL = TypicalTime(10, 10)


@pytest.mark.parametrize(
    ("phase", "progress", "expected"),
    [
        (Phase.PREPARING, None, "Uploading the inputs · 45 s"),
        (Phase.QUEUED, None, "Queued · 45 s"),
        (Phase.SENDING, None, "Sending · 45 s"),
        (Phase.WAITING, None, "Queued at kie.ai · 45 s"),
        (Phase.WAITING, 0.0, "Queued at kie.ai · 0% · 45 s"),
        (Phase.WAITING, 0.85, "Generating · 85% · 45 s"),
        (Phase.GENERATING, 0.42, "Generating · 42% · 45 s"),
        (Phase.GENERATING, None, "Generating · 45 s"),
        (Phase.SAVING, 1.0, "Saving · 45 s"),
    ],
)
def test_phase_percentage_and_time(phase: Phase, progress: float | None, expected: str) -> None:
    assert progress_text.status_line(task(phase, progress=progress), NOW, None) == expected


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.FAILED])
@pytest.mark.parametrize("progress", [None, 0.0, 0.2, 0.5, 0.9, 1.0])
def test_no_phase_is_invented_from_a_percentage(phase: Phase, progress: float | None) -> None:
    text = progress_text.status_line(task(phase, progress=progress), NOW, USUAL)
    for invented in ("Sketching", "Rendering", "Planning", "Encoding", "Enhancing", "about"):
        assert invented not in text
    assert ("%" in text) == (phase in (Phase.WAITING, Phase.GENERATING) and progress is not None)


def test_no_bar_without_a_reported_number() -> None:
    assert progress_text.share(task(Phase.GENERATING)) is None
    assert progress_text.share(task(Phase.SAVING, progress=0.85)) is None
    assert progress_text.share(task(Phase.GENERATING, progress=0.85)) == 0.85


def test_longer_than_usual_is_shown_from_twice_the_usual_time() -> None:
    running = task(Phase.GENERATING)
    assert "longer" not in progress_text.status_line(
        replace(running, accepted_at=NOW - timedelta(seconds=20)), NOW, USUAL
    )
    late = replace(running, accepted_at=NOW - timedelta(seconds=21))
    assert progress_text.status_line(late, NOW, USUAL) == "Generating · 21 s · longer than usual"


def test_the_prompt_is_the_title_of_the_label_and_never_markup() -> None:
    text = progress_text.label(task(Phase.QUEUED), "a *bold* [link](x)", NOW, None)
    assert text == r"**a \*bold\* \[link\]\(x\)** Queued · 45 s"


def test_the_history_holds_recorded_times_only() -> None:
    sent = task(Phase.GENERATING, sent_at=NOW - timedelta(seconds=48))
    assert [name for name, _ in progress_text.history(sent)] == ["Submitted", "Sent", "Accepted by kie.ai"]
    queued = task(Phase.QUEUED, accepted_at=None)
    assert [name for name, _ in progress_text.history(queued)] == ["Submitted"]
    done = task(Phase.DONE, completed_at=NOW, provider=ProviderName.SANDBOX)
    assert [name for name, _ in progress_text.history(done)] == ["Submitted", "Accepted by the sandbox", "Saved"]


def test_a_result_that_is_fetched_again_says_so() -> None:
    again = task(Phase.WAITING, progress=0.85, provider_done_at=NOW - timedelta(hours=1))
    assert progress_text.phase(again) == "Fetching the result again"
    assert progress_text.share(again) is None


def test_times_are_on_the_readers_clock() -> None:
    at = datetime(2026, 11, 22, 22, 4, 5, tzinfo=UTC)
    assert progress_text.clock(at, ZoneInfo("America/New_York"), "en-US") == "5:04:05 PM"
    assert progress_text.clock(at, ZoneInfo("Asia/Tokyo"), "de-DE") == "07:04:05"


@pytest.mark.parametrize(
    ("low_s", "high_s", "expected"),
    [(9, 9, "about 9 s"), (42, 42, "about 40 s"), (150, 150, "about 2 min"), (20, 90, "20–90 s"), (60, 180, "1–3 min")],
)
def test_the_usual_time(low_s: int, high_s: int, expected: str) -> None:
    assert progress_text.usual_line(TypicalTime(low_s, high_s)) == f"usually {expected}"


@pytest.mark.parametrize(
    ("usual", "details", "sentence"),
    [
        (
            TypicalTime(42, 42, TimeBasis.SAME_SETTINGS, 68, 50),
            "usually about 40 s, 9 of 10 within 70 s (learned here)",
            "Usually about 40 s, 9 of 10 within 70 s: learned here from the last 50 with these settings.",
        ),
        (
            TypicalTime(130, 130, TimeBasis.SAME_MODEL, 121, 10),
            "usually about 2 min, 9 of 10 within 3 min (learned here)",
            "Usually about 2 min, 9 of 10 within 3 min: "
            "learned here from the last 10 of this model, whatever the settings.",
        ),
        (
            TypicalTime(9, 9, TimeBasis.SAME_SETTINGS, tasks=3),
            "usually about 9 s (learned here)",
            "Usually about 9 s: learned here from the last 3 with these settings.",
        ),
        (
            TypicalTime(60, 180),
            "usually 1–3 min (kie.ai’s typical time)",
            "Usually 1–3 min, kie.ai’s typical time.",
        ),
        (
            None,
            "usual time unknown",
            "The usual time is unknown: too few results were made here, and kie.ai names none.",
        ),
    ],
)
def test_how_the_usual_time_is_known_is_said(usual: TypicalTime | None, details: str, sentence: str) -> None:
    assert progress_text.usual_details(usual, "kie") == details
    assert progress_text.usual_sentence(usual, "kie") == sentence


def test_a_screen_reader_hears_phases_and_counts_but_no_seconds() -> None:
    one = task(Phase.GENERATING, progress=0.4)
    assert progress_text.announcement([one], 1, 0) == "1 task in progress: a boat. Generating."
    assert progress_text.announcement([one], 1, 0) == progress_text.announcement([replace(one, progress=0.5)], 1, 0)
    assert progress_text.announcement([one, one], 2, 1) == "2 tasks in progress. 1 needs attention."
