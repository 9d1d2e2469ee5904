"""The model picker of the composer: what it lists, and what its choices do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kaimedia.domain import WinRate, utc_now
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.registry import label_of, labels_of
from kaimedia.studio import ListingState, Studio, TypicalTime
from kaimedia.ui import state
from kaimedia.ui.generate import chosen_inputs, comparing, draft, model_picker, model_switch
from kaimedia.ui.generate.model_picker import entries
from kaimedia.ui.shell import notify_errors
from kaimedia.ui.state import OpenDialog

BADGES = {ListingState.KNOWN: "", ListingState.NEW: "Unknown", ListingState.NOT_LISTED: "Not listed"}


def show(studio: Studio, spec: ModelSpec) -> None:
    """Draw the picker with `spec` chosen."""
    hand = entries.in_hand(each.reference.kind for each in state.references.get())
    usual = studio.typical_times.at_providers(studio.catalog.models())
    shown = model_picker.Shown(
        models=_models(studio, usual),
        chosen=spec.id,
        modality=spec.modality,
        hand=hand,
        fitting=_fitting(studio) if hand else (),
        favorites=studio.preferred_models.favorites(),
        recent=studio.preferred_models.recent(),
        note=_note(studio, usual),
        compared=comparing.shown(studio, spec),
    )
    model_picker.show(
        shown,
        model_picker.Events(
            on_choose=notify_errors(lambda model_id: _choose(studio, model_id)),
            on_favorite=notify_errors(
                lambda model_id, is_on: studio.preferred_models.set_favorite(model_id, is_favorite=is_on)
            ),
            on_compare=lambda model_ids: comparing.choose(studio, spec, model_ids),
            on_past=lambda: state.gallery_dialog.set(OpenDialog("comparisons")),
        ),
    )


def _models(studio: Studio, usual: Mapping[str, TypicalTime]) -> Sequence[Mapping[str, Any]]:
    """The entries of all models; the same object while nothing they say changes, because each run needs all of them."""
    global _made
    specs = studio.catalog.models()
    facts = _Facts(
        utc_now().date(),
        usual,
        studio.batches.win_rates(),
        [spec.id for spec in specs if studio.catalog.is_retired(spec)],
    )
    if _made is None or _made[0] is not specs or _made[1] != facts:
        labels = {each.id: each.label for each in specs}
        _made = (specs, facts, [_entry(studio, spec, facts, labels) for spec in specs])
    return _made[2]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the entries say beside the catalog, by model id."""

    today: date
    usual: Mapping[str, TypicalTime]
    rates: Mapping[str, WinRate]
    retired: Sequence[str]


_made: tuple[Sequence[ModelSpec], _Facts, Sequence[Mapping[str, Any]]] | None = None


def _entry(studio: Studio, spec: ModelSpec, facts: _Facts, labels: Mapping[str, str]) -> dict[str, Any]:
    return entries.entry(
        spec,
        today=facts.today,
        usual=facts.usual.get(spec.id),
        rate=facts.rates.get(spec.id),
        replacement=labels.get(spec.retirement.replacement, "") if spec.retirement else "",
        is_refused=spec.id in facts.retired,
        badge=BADGES[studio.catalog.listing(spec).state],
        listing=studio.catalog.mark(spec),
    )


def _fitting(studio: Studio) -> tuple[str, ...]:
    """The models that take everything chosen as an input."""
    total = len(state.references.get())
    return tuple(spec.id for spec in studio.catalog.models() if len(chosen_inputs.placed(spec)) == total)


def _note(studio: Studio, usual: Mapping[str, TypicalTime]) -> str:
    names = {spec.provider for spec in studio.catalog.models()}
    whose = f"those of {label_of(next(iter(names)))}" if len(names) == 1 else "the providers’ own"
    learned = any(each.is_learned for each in usual.values())
    tail = "; times “here” were learned from your own tasks" if learned else ""
    if studio.account.state().is_sandbox:
        others = labels_of(studio.catalog.charging_providers())
        tail += "; nothing is charged in the sandbox" + (f", unlike at {others}" if others else "")
    return f"Prices and usual times are {whose}{tail}."


def _choose(studio: Studio, model_id: str) -> None:
    spec = draft.spec_of(studio, model_id)
    if spec is not None and not studio.catalog.is_retired(spec):
        model_switch.switch_to(studio, model_id)
