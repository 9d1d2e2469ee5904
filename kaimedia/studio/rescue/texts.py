"""What is said about an imported task, a result that is not saved yet, and an unknown outcome."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from kaimedia.domain.imports import ImportOutcome, ImportResult
from kaimedia.domain.outcome import OutcomeEvidence, Verdict
from kaimedia.providers.registry import label_of, starting_label_of
from kaimedia.studio.rescue.unsaved import Unsaved

_OUTCOMES: Mapping[ImportOutcome, str] = {
    ImportOutcome.IMPORTED: "Imported; its files are being saved.",
    ImportOutcome.FOLLOWED: "Imported; it still runs and is saved when it is done.",
    ImportOutcome.ATTACHED: "It is the task here whose reply was lost; it is polled now, and its files are saved.",
    ImportOutcome.KNOWN: "It is here already.",
    ImportOutcome.NOT_FOUND: (
        "There is no such task. Check the ID and the kind. If you changed the key, it belongs to the other account."
    ),
    ImportOutcome.FAILED: "It failed at the provider, so there is nothing to import.",
    ImportOutcome.INVALID: "This cannot be a task ID.",
    ImportOutcome.UNREADABLE: "It could not be looked up.",
}

_VERDICTS: Mapping[Verdict, str] = {
    Verdict.LIKELY_CHARGED: "It was probably charged: the balance fell by its price, and no other task explains that.",
    Verdict.LIKELY_NOT_CHARGED: "It was probably not charged: other tasks explain the whole change.",
    Verdict.UNCLEAR: "The balances do not show whether it was charged.",
    Verdict.NO_BALANCE: "Without balances from before and after, there is no way to tell whether it was charged.",
}


def verdict_text(evidence: OutcomeEvidence) -> str:
    """What the balances say about an unknown outcome."""
    if evidence.verdict is Verdict.LIKELY_NOT_CHARGED and not evidence.others_credits:
        return "It was probably not charged: the balance did not change."
    return _VERDICTS[evidence.verdict]


def import_text(result: ImportResult) -> str:
    """A sentence about one id, with what the provider said."""
    text = _OUTCOMES[result.outcome]
    return f"{text} {result.detail}" if result.detail and result.outcome is not ImportOutcome.INVALID else text


def left_text(unsaved: Unsaved, now: datetime) -> str:
    """How long a result can still be fetched."""
    provider = unsaved.task.provider
    kept = _span(unsaved.kept_until - now)
    if unsaved.link_until > now:
        link = f"The link to the file works for about {_span(unsaved.link_until - now)} more"
        return (
            f"{link}."
            if unsaved.kept_until == unsaved.link_until
            else f"{link}; {label_of(provider)} keeps it for {kept}."
        )
    if unsaved.kept_until > now:
        return f"The first link has expired; {label_of(provider)} makes a new one for {kept} more."
    return f"{starting_label_of(provider)} no longer keeps it."


def _span(left: timedelta) -> str:
    minutes = max(0, int(left.total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} minutes" if minutes != 1 else "1 minute"
    return f"{minutes // 60} hours" if minutes < 2 * 24 * 60 else f"{minutes // (24 * 60)} days"
