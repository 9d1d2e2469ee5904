"""The files card: compare every stored file with the gallery, and repair what can be repaired."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from kaimedia.domain import utc_now
from kaimedia.domain.integrity import FaultKind, IntegrityJob, IntegrityReport, IntegrityState, Remedy
from kaimedia.studio import Studio
from kaimedia.ui import state, ui_text
from kaimedia.ui.shell import guarded, notify_errors

REFRESH_S = 1.0  # while a comparison runs
MAX_NAMED = 20
KINDS: Mapping[FaultKind, str] = {
    FaultKind.FILE_MISSING: "Missing",
    FaultKind.WRONG_SIZE: "Another size than when saved",
    FaultKind.FILE_CHANGED: "Changed since saved",
    FaultKind.THUMBNAIL_LOST: "Thumbnails lost",
    FaultKind.UNTRACKED: "Not in the gallery",
    FaultKind.FOREIGN: "Not from this app",
    FaultKind.FOUND_AGAIN: "Marked as missing, but there",
}
REMEDIES: Mapping[Remedy, str] = {
    Remedy.FETCHING: "Fetching again, free",
    Remedy.MARKED_MISSING: "Marked as missing",
    Remedy.MARKED_DAMAGED: "Marked as damaged",
    Remedy.REMADE: "Thumbnails remade",
    Remedy.REGISTERED: "Added to the gallery",
    Remedy.UNMARKED: "No longer marked as missing",
    Remedy.LEFT: "Left as they are",
}
WHAT_IT_DOES = (
    "The check reads every file. Repair remakes thumbnails, fetches missing files again while the provider keeps them, "
    "marks what cannot be fetched, and adds untracked files to the gallery. It is free and never deletes a file."
)


def show(studio: Studio) -> None:
    """Draw the report and the two buttons; while one runs, the report follows it."""
    found = studio.rescue.integrity.state()
    is_running = found.job is not None
    st.fragment(_report, run_every=REFRESH_S if is_running else None)(studio, is_running)
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            "Check files",
            key="check_files",
            icon=":material/fact_check:",
            disabled=is_running,
            on_click=_check,
            args=(studio,),
        )
        st.button(
            "Repair",
            key="repair_files",
            icon=":material/build:",
            disabled=is_running or not _can_repair(found.report),
            on_click=_repair,
            args=(studio,),
        )
    st.html(f'<p class="k-quiet">{ui_text.escaped(WHAT_IT_DOES)}</p>')


def _can_repair(report: IntegrityReport | None) -> bool:
    """After a comparison that found something this app can do something about."""
    if report is None or report.remedies:
        return False
    return report.total > report.counts.get(FaultKind.FOREIGN, 0)


def _report(studio: Studio, was_running: bool) -> None:
    with guarded("files"):
        found = studio.rescue.integrity.state()
        if was_running and found.job is None:
            st.rerun()
        rows = facts(found)
        lines = "".join(f"<dt>{ui_text.escaped(name)}</dt><dd>{ui_text.escaped(value)}</dd>" for name, value in rows)
        st.html(f'<dl class="k-facts k-paths">{lines}</dl>')
        spoken = rows if found.job is None else [("Files", _doing(found.job))]  # not every number, every second
        said = "; ".join(f"{name}: {value}" for name, value in spoken)
        st.html(f'<p class="vh" role="status">{ui_text.escaped(said)}</p>')
        if found.problem and found.job is None:
            text = f"The last run failed. {found.problem}"
            st.html(f'<p class="k-status" data-tone="red" role="alert">{ui_text.escaped(text)}</p>')
        if found.report and found.report.faults:
            _names(found.report)


def facts(found: IntegrityState) -> list[tuple[str, str]]:
    """Names and values, in the order they are shown."""
    report = found.report
    if found.job is not None:
        return [("Files", f"{_doing(found.job)} {found.checked:,} of {ui_text.items(found.items)}")]
    if report is None:
        return [("Files", "not checked since the app started")]
    what = "Repaired" if report.remedies else "Checked"
    rows = [(what, f"{ui_text.items(report.items)}, {ui_text.ago(report.made_at, utc_now())}")]
    if not report.total:
        return [*rows, ("Result", "Every file is there and unchanged.")]
    if report.remedies:
        return [*rows, *((REMEDIES[remedy], f"{number:,}") for remedy, number in report.remedies.items())]
    return [*rows, *((KINDS[kind], f"{number:,}") for kind, number in report.counts.items())]


def _doing(job: IntegrityJob) -> str:
    return "Repairing…" if job is IntegrityJob.REPAIR else "Checking…"


def _names(report: IntegrityReport) -> None:
    with st.expander("Which files", key="integrity_files"):
        lines = []
        for fault in report.faults[:MAX_NAMED]:
            what = REMEDIES[fault.remedy] if fault.remedy else KINDS[fault.kind]
            lines.append(f"<li><code>{ui_text.escaped(fault.name)}</code> {ui_text.escaped(what)}</li>")
        st.html(f'<ul class="k-names">{"".join(lines)}</ul>')
        if report.total > MAX_NAMED:
            more = f"{report.total - MAX_NAMED:,} more. `python -m kaimedia check` lists up to 500."
            st.html(f'<p class="k-quiet">{ui_text.escaped(more)}</p>')


@notify_errors
def _check(studio: Studio) -> None:
    studio.rescue.integrity.begin_check(is_deep=True)
    state.notify("Checking the files.", icon=":material/fact_check:")


@notify_errors
def _repair(studio: Studio) -> None:
    studio.rescue.integrity.begin_repair()
    state.notify("Repairing the files.", icon=":material/build:")
