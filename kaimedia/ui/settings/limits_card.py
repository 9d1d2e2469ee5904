"""The limits card: the most that may be spent on one task, each day and each month, and how much of it is used."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from kaimedia.domain.limits import LimitScope, LimitUse, SpendingLimit, by_limit
from kaimedia.errors import InvalidRequest
from kaimedia.providers.registry import location_of
from kaimedia.studio import Studio
from kaimedia.studio.tokens import LOCAL_AGENT_ID
from kaimedia.ui import notices, state, ui_text
from kaimedia.ui.shell import notify_errors

CREDITS, DOLLARS = "Credits", "US dollars"
_LABELS = {LimitScope.TASK: "One task", LimitScope.DAY: "Each day", LimitScope.MONTH: "Each month"}
_owner: state.Slot[str] = state.Slot("limit_owner", "")


def show(studio: Studio) -> None:
    """Draw one row for each scope, and a button that saves them."""
    owners = {"": "All tasks"}
    if configured := studio.tokens.configured():
        owners[configured.token_id] = f"Only the API token from {configured.source} ({configured.token_id})"
    owners |= {token.token_id: f"Only {token.name} ({token.token_id})" for token in studio.tokens.valid()}
    if any(limit.token_id == LOCAL_AGENT_ID for limit in studio.limits.all()):
        owners[LOCAL_AGENT_ID] = f"Only agents on this machine ({LOCAL_AGENT_ID})"
    if _owner.get() not in owners:
        _owner.set("")
    if len(owners) > 1:
        st.selectbox(
            "Applies to", list(owners), key=_owner.key, format_func=owners.__getitem__, persist_state="session"
        )
    owner = _owner.get()
    all_uses = studio.limits.uses(studio.account.state().name)
    uses = {of_one[0].limit.scope: of_one for of_one in by_limit(all_uses) if of_one[0].limit.token_id == owner}
    for scope in LimitScope:
        _row(scope, owner, uses.get(scope, []))
    has_changes = any(_is_edited(scope, owner) for scope in LimitScope)
    st.button("Save limits", key="save_limits", disabled=not has_changes, on_click=_save, args=(studio, owner))
    text = (
        "A task that would exceed a limit is not queued. Leave an amount empty for no limit. Days and months begin at "
        "00:00 UTC; tasks count on the day they are submitted. The sandbox is not limited."
    )
    st.html(f'<p class="k-quiet">{text}</p>')


def _row(scope: LimitScope, owner: str, uses: Sequence[LimitUse]) -> None:
    amount, unit = _slots(scope, owner)
    saved, shown = uses[0].limit if uses else None, _shown(scope, owner)
    # Someone else may have changed the limit; what was entered here and is not saved yet stays.
    if not shown.is_set() or (shown.get() != saved and not _is_edited(scope, owner)):
        amount.set(saved.amount if saved else None)
        unit.set(DOLLARS if saved and saved.usd is not None else CREDITS)
        shown.set(saved)
    label = _LABELS[scope]
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.number_input(
            label,
            min_value=0.0,
            value=None,  # a field that can be empty
            step=1.0,
            format="%g",
            placeholder="No limit",
            key=amount.key,
            persist_state="session",
        )
        st.segmented_control(
            f"Unit: {label.lower()}",
            (CREDITS, DOLLARS),
            key=unit.key,
            required=True,
            label_visibility="collapsed",
            persist_state="session",
        )
    notices.field_note(_field(scope))
    for use in uses:
        if use.resets_at is not None:
            tone = "red" if not use.left else "amber" if use.is_near() else "gray"
            st.html(f'<p class="k-status" data-tone="{tone}">{_use_text(use)}</p>')


def _use_text(use: LimitUse) -> str:
    limit = use.limit
    where = f" {location_of(use.provider)}" if use.provider else ""
    text = f"{limit.number(use.used)} of {limit.text(limit.amount)} used{where}"
    resets = f" · resets on {use.resets_at:%B} {use.resets_at.day}" if use.resets_at else ""
    return f'<span class="k-tone">{ui_text.escaped(text)}<span>{resets}</span></span>'


def _field(scope: LimitScope) -> str:
    return f"limit_{scope}"


def _slots(scope: LimitScope, owner: str) -> tuple[state.Slot[float | None], state.Slot[str]]:
    name = f"limit_{scope}_{owner}"
    return state.Slot(f"{name}_amount", None), state.Slot(f"{name}_unit", CREDITS)


def _wanted(scope: LimitScope, owner: str) -> SpendingLimit | None:
    amount_slot, unit_slot = _slots(scope, owner)
    amount = amount_slot.get()
    if amount is None:
        return None
    is_money = unit_slot.get() == DOLLARS
    return SpendingLimit(scope, None if is_money else amount, amount if is_money else None, owner)


def _shown(scope: LimitScope, owner: str) -> state.Slot[SpendingLimit | None]:
    """The limit as stored when the row got its values."""
    return state.Slot(f"limit_{scope}_{owner}_shown", None)


def _is_edited(scope: LimitScope, owner: str) -> bool:
    return _wanted(scope, owner) != _shown(scope, owner).get()


@notify_errors
def _save(studio: Studio, owner: str) -> None:
    """Save the rows that were edited; the others may have been changed elsewhere since."""
    state.field_note.set(None)
    edited = {scope: _wanted(scope, owner) for scope in LimitScope if _is_edited(scope, owner)}
    wanted = [limit for limit in edited.values() if limit is not None]
    lifting = [(scope, owner) for scope, limit in edited.items() if limit is None]
    try:
        studio.limits.change(wanted, lifting=lifting)
    except InvalidRequest as error:
        index = int(error.field.rpartition(".")[2]) if "." in error.field else 0
        state.field_note.set(state.FieldNote(_field(wanted[index].scope), error.message, error.next_step))
        return
    for scope, limit in edited.items():
        _shown(scope, owner).set(limit)
    state.notify("Limits saved." if wanted else "Limits lifted.", icon=":material/check_circle:")
