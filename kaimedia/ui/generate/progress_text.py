"""Progress texts of one task: only what was reported or recorded. Pure, no Streamlit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, tzinfo

from kaimedia.domain import HoldCode, Phase, Status, Task
from kaimedia.providers.registry import label_of, location_of
from kaimedia.studio import TimeBasis, TypicalTime
from kaimedia.ui import ui_text

TITLE_CHARS = 120
HIDDEN_REASON = "It didn’t finish. The reason is shown once you have chosen."  # in a blind comparison

_PHASES = {
    Phase.PREPARING: "Uploading the inputs",
    Phase.QUEUED: "Queued",
    Phase.SENDING: "Sending",
    Phase.GENERATING: "Generating",
    Phase.SAVING: "Saving",
    Phase.DONE: "Done",
}


def is_fetched_again(task: Task) -> bool:
    """True when the provider has finished and only its result is being fetched."""
    return task.phase is Phase.WAITING and task.provider_done_at is not None


def phase(task: Task, *, is_hidden: bool = False) -> str:
    """The current phase of a running or finished task; where its model is hidden, without the provider."""
    if task.hold_code is not None:
        return "Paused" if task.hold_code is HoldCode.PAUSED else "On hold: waiting for your decision"
    if is_fetched_again(task):
        return "Fetching the result again"
    if task.phase is Phase.WAITING:
        # A provider that reports a percentage above zero is generating, whatever state it reports.
        where = _PHASES[Phase.QUEUED] if is_hidden else f"Queued {location_of(task.provider)}"
        return _PHASES[Phase.GENERATING] if task.progress else where
    return _PHASES.get(task.phase, "")


def share(task: Task) -> float | None:
    """The provider's progress as 0–1, None when it reports none."""
    if task.phase not in (Phase.WAITING, Phase.GENERATING) or is_fetched_again(task) or task.progress is None:
        return None
    return min(1.0, max(0.0, task.progress))


def since(task: Task) -> datetime:
    """When its time began: at acceptance; before that, at submission."""
    return task.accepted_at or task.created_at


def elapsed_s(task: Task, now: datetime) -> float:
    """Seconds since then until now, or until it completed."""
    return max(0.0, ((task.completed_at or now) - since(task)).total_seconds())


def status_line(task: Task, now: datetime, usual: TypicalTime | None, *, is_hidden: bool = False) -> str:
    """Phase, percentage where reported, and time: "Generating · 34% · 22 s"; where its model is hidden, only phases."""
    if task.hold_code is not None or (is_hidden and task.status is not Status.FAILED):
        return phase(task, is_hidden=is_hidden)
    if task.status is Status.COMPLETED:
        return f"Done · took {ui_text.elapsed(elapsed_s(task, now))}"
    if task.status is Status.FAILED:
        return f"{ui_text.output_label(task)} {ui_text.why_failed(task)}"
    part, passed_s = share(task), elapsed_s(task, now)
    parts = [phase(task), f"{part:.0%}" if part is not None else "", ui_text.elapsed(passed_s)]
    if usual is not None and usual.is_exceeded(passed_s):
        parts.append("longer than usual")
    return " · ".join(filter(None, parts))


def label(task: Task, own_prompt: str, now: datetime, usual: TypicalTime | None, *, is_hidden: bool = False) -> str:
    """The label of a task's status in Markdown: the prompt as its title, then the status line."""
    title = ui_text.plain_markdown(ui_text.one_line(own_prompt, TITLE_CHARS)) or "Untitled"
    return f"**{title}** {ui_text.plain_markdown(status_line(task, now, usual, is_hidden=is_hidden))}"


def history(task: Task) -> list[tuple[str, datetime]]:
    """The steps with a recorded time, in order."""
    steps = [
        ("Submitted", task.created_at),
        ("Sent", task.sent_at),
        (f"Accepted by {label_of(task.provider)}", task.accepted_at),
        ("Generated", task.provider_done_at),
        ("Saved", task.completed_at if task.status is Status.COMPLETED else None),
    ]
    return [(name, at) for name, at in steps if at is not None]


def clock(at: datetime, zone: tzinfo, locale: str | None) -> str:
    """A local time of day: "3:04:05 PM" in American English, else "15:04:05"."""
    local = at.astimezone(zone)
    if locale in (None, "en-US"):
        return f"{local.hour % 12 or 12}:{local:%M:%S} {'AM' if local.hour < 12 else 'PM'}"
    return f"{local:%H:%M:%S}"


def usual_line(usual: TypicalTime | None) -> str:
    """ "usually about 9 s", "usually 1–3 min"; "" when it is not known."""
    time = time_text(usual)
    return f"usually {time}" if time else ""


def time_text(usual: TypicalTime | None) -> str:
    """ "about 9 s", "1–3 min"; "" when it is not known."""
    if usual is None:
        return ""
    if usual.low_s == usual.high_s:
        return f"about {_rounded(usual.high_s)}"
    if usual.high_s < 120:
        return f"{usual.low_s}–{usual.high_s} s"
    return f"{max(1, round(usual.low_s / 60))}–{round(usual.high_s / 60)} min"


def usual_details(usual: TypicalTime | None, provider: str) -> str:
    """The usual time with how it is known: "usually about 40 s, 9 of 10 within 70 s (learned here)"."""
    if usual is None:
        return "usual time unknown"
    known = "learned here" if usual.is_learned else f"{label_of(provider)}’s typical time"
    return f"{usual_line(usual)}{_most(usual)} ({known})"


def usual_sentence(usual: TypicalTime | None, provider: str) -> str:
    """The same as a sentence that also says what it was learned from."""
    if usual is None:
        return f"The usual time is unknown: too few results were made here, and {label_of(provider)} names none."
    if not usual.is_learned:
        return f"Usually {time_text(usual)}, {label_of(provider)}’s typical time."
    alike = "with these settings" if usual.basis is TimeBasis.SAME_SETTINGS else "of this model, whatever the settings"
    return f"Usually {time_text(usual)}{_most(usual)}: learned here from the last {usual.tasks} {alike}."


def _most(usual: TypicalTime) -> str:
    return "" if usual.p90_s is None else f", 9 of 10 within {_rounded_up(usual.p90_s)}"


def _rounded_up(seconds: int) -> str:
    if seconds < 20:
        return f"{seconds} s"
    return f"{5 * math.ceil(seconds / 5)} s" if seconds <= 120 else f"{math.ceil(seconds / 60)} min"


def _rounded(seconds: int) -> str:
    if seconds < 20:
        return f"{seconds} s"
    if seconds < 120:
        return f"{5 * round(seconds / 5)} s"
    return f"{round(seconds / 60)} min"


def announcement(active: Sequence[Task], running: int, attention: int) -> str:
    """The text for screen readers: counts and phases only, so it stays silent while only time passes."""
    parts = []
    if running == len(active) == 1:
        title = ui_text.one_line(active[0].request.prompt, 60)
        parts.append(f"1 task in progress: {title}. {phase(active[0])}.")
    elif running:
        parts.append(f"{ui_text.counted(running, 'task')} in progress.")
    if attention:
        parts.append(f"{attention} {'needs' if attention == 1 else 'need'} attention.")
    return " ".join(parts)
