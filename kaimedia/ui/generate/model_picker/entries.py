"""The model picker's list as data: one entry for each model, and what its filters are called. Pure, no Streamlit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from kaimedia.domain import InputKind, Modality, WinRate
from kaimedia.models.prices import PriceUnit
from kaimedia.models.spec import Capability, ModelSpec
from kaimedia.studio import TypicalTime
from kaimedia.ui import ui_text
from kaimedia.ui.generate import progress_text

NEW_DAYS = 90
KINDS = {
    InputKind.IMAGE: ("image", "images"),
    InputKind.VIDEO: ("video", "videos"),
    InputKind.AUDIO: ("sound", "sounds"),
}
# Further words people search for, beside the capability's own.
ALSO = {
    Capability.UPSCALE: "enlarge",
    Capability.INPAINT: "mask",
    Capability.REMOVE_BACKGROUND: "cut out cutout",
    Capability.TALKING_PORTRAIT: "lip-sync lip sync avatar",
    Capability.LIP_SYNC: "lip sync",
}


@dataclass(frozen=True, slots=True)
class Ability:
    """A filter by what models do: its label, and the capabilities it stands for."""

    label: str
    modality: Modality
    capabilities: frozenset[Capability]

    def fits(self, spec: ModelSpec) -> bool:
        """True if the model does it."""
        return spec.modality is self.modality and not self.capabilities.isdisjoint(spec.capabilities)


def _ability(label: str, modality: Modality, *capabilities: Capability) -> Ability:
    return Ability(label, modality, frozenset(capabilities))


ABILITIES = (
    _ability("Text to image", Modality.IMAGE, Capability.TEXT_TO_IMAGE),
    _ability("Edit", Modality.IMAGE, Capability.EDIT),
    _ability("Inpaint", Modality.IMAGE, Capability.INPAINT),
    _ability("Upscale", Modality.IMAGE, Capability.UPSCALE),
    _ability("Reframe", Modality.IMAGE, Capability.REFRAME),
    _ability("Cut out", Modality.IMAGE, Capability.REMOVE_BACKGROUND),
    _ability("Split layers", Modality.IMAGE, Capability.SPLIT_LAYERS),
    _ability("Text to video", Modality.VIDEO, Capability.TEXT_TO_VIDEO),
    _ability("Image to video", Modality.VIDEO, Capability.IMAGE_TO_VIDEO),
    _ability("First and last frame", Modality.VIDEO, Capability.FIRST_LAST_FRAME),
    _ability("References", Modality.VIDEO, Capability.REFERENCE_TO_VIDEO),
    _ability("Edit a video", Modality.VIDEO, Capability.VIDEO_TO_VIDEO),
    _ability("Motion", Modality.VIDEO, Capability.MOTION_CONTROL),
    _ability("Lip-sync", Modality.VIDEO, Capability.LIP_SYNC, Capability.TALKING_PORTRAIT),
    _ability("Extend", Modality.VIDEO, Capability.EXTEND),
    _ability("Upscale", Modality.VIDEO, Capability.UPSCALE, Capability.GET_1080P, Capability.GET_4K),
)


def abilities() -> list[dict[str, Any]]:
    """The filters; an entry's `does` holds their positions in this list."""
    return [{"label": each.label, "mode": each.modality.value} for each in ABILITIES]


def entry(
    spec: ModelSpec,
    *,
    today: date,
    usual: TypicalTime | None,
    rate: WinRate | None = None,
    replacement: str = "",
    is_refused: bool = False,
    badge: str = "",
    listing: str = "",
) -> dict[str, Any]:
    """A model as the script expects it (`Model` in types.d.ts); what is not known or false is left out.

    `replacement` is the label of the model to use instead of a retired one, `badge` and `listing` what its
    provider's own list says about it, in a word and in a sentence.
    """
    found: dict[str, Any] = {
        "id": spec.id,
        "label": spec.label,
        "maker": spec.maker or spec.provider,
        "tagline": spec.tagline,
        "mode": spec.modality.value,
        "rank": spec.rank.value,
        "does": [place for place, each in enumerate(ABILITIES) if each.fits(spec)],
        "words": _words(spec),
        "price": price_text(spec),
        "time": time_text(usual),
        "record": ui_text.win_text(rate),
        "isNew": is_new(spec, today),
        "retired": f"Retired; {replacement} is the replacement" if spec.retirement else "",
        "isRefused": is_refused,
        "badge": "" if spec.retirement else badge,
        "listing": "" if spec.retirement else listing,
    }
    return {name: value for name, value in found.items() if value not in ("", False)}


def is_new(spec: ModelSpec, today: date) -> bool:
    """True within 90 days after its provider first offered it; a month without a day counts from its first."""
    if not spec.since:
        return False
    since = date.fromisoformat(spec.since if len(spec.since) > 7 else f"{spec.since}-01")
    return 0 <= (today - since).days <= NEW_DAYS


def price_text(spec: ModelSpec) -> str:
    """The list price: "6 credits per image", "14–67 credits per second", "from 8 credits", "price unknown"."""
    prices = [mode.price for mode in spec.modes or (spec,)]
    unit = prices[0].unit
    known = [price.span_credits for price in prices if price.unit is unit and price.span_credits is not None]
    if not known:
        return "price unknown"
    low, high = min(span[0] for span in known), max(span[1] for span in known)
    has_unknown = any(credits is None for price in prices for _, credits in price.table)
    is_open = has_unknown or any(p.unit is not unit or p.extras or p.adds_input_seconds for p in prices)
    if not low and not high and not is_open:
        return "free of charge"
    if is_open:
        return f"from {_credits(low, low, unit)}"
    return _credits(low, high, unit)


def time_text(usual: TypicalTime | None) -> str:
    """The usual time: "about 40 s here" when it was learned, "1–3 min" as the provider says, "time unknown"."""
    if usual is None:
        return "time unknown"
    return f"{progress_text.time_text(usual)}{' here' if usual.is_learned else ''}"


def _credits(low: float, high: float, unit: PriceUnit) -> str:
    amount = f"{low:g}" if low == high else f"{low:g}–{high:g}"
    return f"{amount} credit{'' if high == 1 else 's'}{unit.suffix}"


def _words(spec: ModelSpec) -> str:
    words = [text for each in spec.capabilities for text in (each.value.replace("-", " "), ALSO.get(each, "")) if text]
    return " ".join(words)


def in_hand(kinds: Iterable[InputKind]) -> str:
    """What was chosen, after "my": "image", "3 images", "video", "4 inputs"; "" for nothing."""
    counts = Counter(kinds)
    total = counts.total()
    if len(counts) > 1:
        return f"{total} inputs"
    return next((KINDS[kind][0] if total == 1 else f"{total} {KINDS[kind][1]}" for kind in counts), "")
