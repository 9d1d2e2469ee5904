"""A comparison as its component expects it (`Data` in components/comparison/types.d.ts)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kaimedia.domain import ErrorCode, Modality, Status, Task, WinRate
from kaimedia.models.quality import Better
from kaimedia.providers.registry import is_free
from kaimedia.studio import Comparison, ComparisonEntry, Studio, TypicalTime, costs_of, next_step, note_text
from kaimedia.ui import ui_text
from kaimedia.ui.components.media_grid import item
from kaimedia.ui.generate import batch_price_text, draft, progress_text


def of(studio: Studio, found: Comparison, now: datetime, *, opened: int) -> dict[str, Any]:
    """Everything the component shows; `opened` counts how often one was opened, so that the page scrolls to it once."""
    labels = {spec.id: spec.label for spec in studio.catalog.models()}
    rates = studio.batches.win_rates() if found.is_revealed else {}
    winner = found.winner
    proposal = studio.comparisons.better(winner.task) if winner else None
    first = found.entries[0].task if found.entries else None
    _, own_prompt = draft.split_prompt(studio, first.request.prompt, first.modality) if first else (None, "")
    batch = found.progress.batch

    def usual(of_one: ComparisonEntry) -> TypicalTime | None:
        spec = draft.spec_of(studio, of_one.task.model)
        return studio.typical_times.of(spec, of_one.task.provider, of_one.task.request) if spec else None

    return {
        "id": batch.id,
        "prompt": own_prompt or batch.name,
        "video": first is not None and first.modality is Modality.VIDEO,
        "isBlind": batch.is_blind,
        "isRevealed": found.is_revealed,
        "winner": winner.task.task_id if winner else "",
        "summary": summary(found),
        "canKeep": winner is not None and any(_can_be_removed(each) for each in found.entries if each is not winner),
        "better": better_text(proposal) if proposal else "",
        "opened": opened,
        "entries": [
            entry(each, now, labels, is_revealed=found.is_revealed, rate=rates.get(each.task.model), usual=usual(each))
            for each in found.entries
        ],
    }


def _can_be_removed(of_one: ComparisonEntry) -> bool:
    return of_one.is_done and not of_one.is_in_trash


def entry(
    of_one: ComparisonEntry,
    now: datetime,
    labels: Mapping[str, str],
    *,
    is_revealed: bool,
    rate: WinRate | None,
    usual: TypicalTime | None,
) -> dict[str, Any]:
    """One model's tile; what would tell which model it is, is left out until it may be known."""
    task = of_one.task
    shown = [item(each, labels) for each in of_one.media if each.deleted_at is None] if of_one.is_done else []
    found: dict[str, Any] = {
        "task": task.task_id,
        "letter": of_one.letter,
        "model": "",
        "state": _state(of_one),
        "status": _status(task, now, usual) if is_revealed else progress_text.phase(task, is_hidden=True),
        "share": progress_text.share(task),
        "reason": "",
        "next": "",
        "time": "",
        "cost": "",
        "record": "",
        "items": shown if is_revealed else [each | {"model": "", "modelId": ""} for each in shown],
    }
    if not is_revealed:
        return found | ({"reason": progress_text.HIDDEN_REASON} if task.status is Status.FAILED else {})
    found |= {"model": labels.get(task.model, task.model), "cost": cost_text(task), "record": ui_text.win_text(rate)}
    if of_one.is_done:
        found["time"] = ui_text.elapsed(progress_text.elapsed_s(task, now))
    if task.status is Status.FAILED:
        found |= {"reason": task.error_message or "The provider gave no reason.", "next": next_step(task)}
    elif note := note_text(task):
        found["next"] = note
    return found


def _state(of_one: ComparisonEntry) -> str:
    if of_one.task.status is Status.FAILED:
        return "failed"
    if of_one.is_done:
        return "trashed" if of_one.is_in_trash else "done"
    return "waiting" if of_one.task.hold_code is not None else "running"


def _status(task: Task, now: datetime, usual: TypicalTime | None) -> str:
    if task.status is Status.FAILED:
        return (
            "May have been charged" if task.may_have_cost or task.error_code is ErrorCode.OUTCOME_UNKNOWN else "Failed"
        )
    return progress_text.status_line(task, now, usual)


def cost_text(task: Task) -> str:
    """What a task cost: "6 credits", "about 6 credits" while it is an estimate, "free, sandbox"; "" if unknown."""
    if is_free(task.provider):
        return "free, sandbox"
    if task.credits_actual is not None:
        return ui_text.credits(task.credits_actual)
    if task.status is Status.FAILED and not task.may_have_cost:
        return "not charged" if task.sent_at is None else ""
    return "" if task.credits_estimated is None else f"about {ui_text.credits(task.credits_estimated)}"


def summary(found: Comparison) -> str:
    """How far it is and what it costs: "2 of 3 done · 1 failed · about 24 credits"."""
    done = sum(each.is_done for each in found.entries)
    failed = sum(each.task.status is Status.FAILED for each in found.entries)
    parts = [f"{len(found.entries)} models" if done == len(found.entries) else f"{done} of {len(found.entries)} done"]
    if failed:
        parts.append(f"{failed} failed")
    if all(is_free(each.task.provider) for each in found.entries):
        parts.append("free, sandbox")
    elif costs := costs_of(found.tasks):
        total = batch_price_text.total({name: each.price for name, each in costs.items()})
        parts.append(batch_price_text.lowered(total))
    return " · ".join(parts)


def better_text(proposal: Better) -> str:
    """What the button for running it again in quality says."""
    if proposal.model is not None:
        return f"Run again with {proposal.model.label}"
    return f"Run again in {', '.join(ui_text.choice(value) for value in proposal.values)}"
