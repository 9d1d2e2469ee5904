"""What was spent, as data for programs: REST, `--json` and the page's downloads."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from kaimedia.domain.spending import LostLine, ModelResults, SpendingBy, Sums
from kaimedia.providers.registry import is_free
from kaimedia.studio.balance_check import BalanceCheck
from kaimedia.studio.spending import Overview, SpendingService

DIGITS = 6
_COLUMNS = (
    *("day", "provider", "model", "kind", "token_id", "tasks"),
    *("credits", "usd", "credits_lost", "credits_reserved"),
)


def document(service: SpendingService, overview: Overview, by: SpendingBy, time_zone: str) -> dict[str, Any]:
    """Everything about a period as JSON values, divided as asked for."""
    period = overview.period
    reserved = service.reserved_now(period.provider)
    return {
        "provider": period.provider,
        "is_charged": not is_free(period.provider),
        "by": by.value,
        "since": period.first.isoformat(),
        "until": period.last.isoformat(),
        "time_zone": time_zone,
        "total": _sums(overview.total),
        "credits_reserved_now": _rounded(reserved.credits),
        "credits_undecided": _rounded(reserved.undecided),
        "undecided_tasks": reserved.undecided_tasks,
        "items": [{"key": line.key, "label": line.label, **_sums(line.sums)} for line in service.lines(overview, by)],
        "lost": [_lost(line) for line in service.lost(period)],
        "models": [_results(each, service.model_label(each.model)) for each in service.results(period)],
        "balance": _balance(service.balance_check(period)),
    }


def csv_text(overview: Overview) -> str:
    """One row for each day, model and token, with a header; days without tasks are left out."""
    target = io.StringIO()
    writer = csv.DictWriter(target, _COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in sorted(_csv_rows(overview), key=lambda row: (row["day"], row["model"], row["token_id"])):
        writer.writerow(row)
    return target.getvalue()


def _csv_rows(overview: Overview) -> Iterable[Mapping[str, Any]]:
    for cell in overview.cells:
        if not cell.sums.is_empty:
            yield {
                "day": overview.day_of(cell).isoformat(),
                "provider": overview.period.provider,
                "model": cell.model,
                "kind": cell.modality,
                "token_id": cell.token_id,
                **_sums(cell.sums),
            }


def _sums(sums: Sums) -> dict[str, Any]:
    return {
        "tasks": sums.tasks,
        "credits": _rounded(sums.credits),
        "usd": _rounded(sums.usd),
        "credits_lost": _rounded(sums.lost),
        "credits_reserved": _rounded(sums.reserved),
    }


def _lost(line: LostLine) -> dict[str, Any]:
    return {
        "reason": line.reason.value,
        "tasks": line.tasks,
        "credits": _rounded(line.credits),
        "usd": _rounded(line.usd),
    }


def _results(each: ModelResults, label: str) -> dict[str, Any]:
    return {
        "model": each.model,
        "label": label,
        "credits": _rounded(each.credits),
        "made": each.made,
        "kept": each.kept,
        "favorites": each.favorites,
        "credits_per_kept": _rounded(each.credits_per_kept),
        "credits_per_favorite": _rounded(each.credits_per_favorite),
        "compared_tasks": each.compared,
        "credits_estimated": _rounded(each.estimated),
        "credits_actual": _rounded(each.actual),
        "unreported_tasks": each.unreported,
        "credits_unreported": _rounded(each.guessed),
        "unpriced_tasks": each.unpriced,
    }


def _balance(check: BalanceCheck) -> dict[str, Any] | None:
    if not check.steps:
        return None
    first, last = check.steps[0], check.steps[-1]
    return {
        "since": first.since.isoformat(),
        "until": last.until.isoformat(),
        "credits_before": _rounded(first.before),
        "credits_after": _rounded(last.after),
        "credits_topped_up": _rounded(check.topped_up),
        "credits_taken": _rounded(check.taken),
        "credits_recorded": _rounded(check.recorded),
        "credits_unexplained": _rounded(check.unexplained),
    }


def _rounded(amount: float | None) -> float | None:
    """Without the traces of floating-point arithmetic, and without a negative zero."""
    return None if amount is None else round(amount, DIGITS) + 0.0
