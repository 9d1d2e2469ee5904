"""`/api/integrity`: compare the stored files with the gallery, and repair what can be repaired."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from kaimedia.api.parameters import CurrentStudio, Flag
from kaimedia.api.schemas import Out
from kaimedia.domain.integrity import Fault, FaultKind, IntegrityJob, IntegrityReport, IntegrityState, Remedy

router = APIRouter(prefix="/integrity", tags=["integrity"])


class FaultOut(Out):
    """One file that is not as it was saved."""

    kind: FaultKind
    name: str
    media_id: int | None = Field(description="The item it belongs to; null for a file without one.")
    size_bytes: int | None = Field(description="Of the file found, if there is one.")
    remedy: Remedy | None = Field(description="What the repair did; null in the report of a comparison.")

    @classmethod
    def of(cls, fault: Fault) -> FaultOut:
        """The fault with the names of the API."""
        return cls(**{name: getattr(fault, name) for name in cls.model_fields})


class IntegrityReportOut(Out):
    """What a comparison or a repair found."""

    made_at: datetime
    is_deep: bool = Field(description="Every file was read and its SHA-256 compared, not only its size.")
    items: int = Field(description="Items compared.")
    counts: dict[FaultKind, int] = Field(description="All faults by kind.")
    remedies: dict[Remedy, int] = Field(description="What a repair did, by kind; empty for a comparison.")
    faults: list[FaultOut] = Field(description="The first 500.")

    @classmethod
    def of(cls, report: IntegrityReport) -> IntegrityReportOut:
        """The report with the names of the API."""
        return cls(
            made_at=report.made_at,
            is_deep=report.is_deep,
            items=report.items,
            counts=dict(report.counts),
            remedies=dict(report.remedies),
            faults=[FaultOut.of(fault) for fault in report.faults],
        )


class IntegrityOut(Out):
    """The newest report, and what is running."""

    job: IntegrityJob | None = Field(description="What runs now: `check` or `repair`.")
    checked: int = Field(description="Items compared so far by what is running.")
    items: int = Field(description="Items it compares.")
    problem: str | None = Field(description="Why the last comparison or repair failed.")
    report: IntegrityReportOut | None = Field(description="The newest report since the start of the app.")

    @classmethod
    def of(cls, state: IntegrityState) -> IntegrityOut:
        """The state with the names of the API."""
        return cls(
            job=state.job,
            checked=state.checked,
            items=state.items,
            problem=state.problem,
            report=IntegrityReportOut.of(state.report) if state.report else None,
        )


@router.get("")
def get_integrity(studio: CurrentStudio, deep: Flag = None) -> IntegrityOut:
    """The newest integrity report; it begins a new one if the last is older than a minute. Never waits for it.

    With `deep`, every file is read and its SHA-256 compared; otherwise only names and sizes. Poll until `job` is null.
    """
    return IntegrityOut.of(studio.rescue.integrity.state_refreshed(is_deep=deep == "true"))


@router.post("/repair", status_code=202)
def repair(studio: CurrentStudio) -> IntegrityOut:
    """Repair in the background: remake thumbnails, fetch missing files again, mark items, register untracked files.

    It reads every file first. Nothing is deleted. Poll `GET /api/integrity` until `job` is null.
    """
    studio.rescue.integrity.begin_repair()
    return IntegrityOut.of(studio.rescue.integrity.state())
