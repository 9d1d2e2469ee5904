"""The provider's own list of models, made from the catalog; ids can be taken out and added to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kaimedia.domain import ProviderName
from kaimedia.errors import ConfigError
from kaimedia.models import catalogue
from kaimedia.models.prices import USD_PER_CREDIT
from kaimedia.models.spec import Capability, ModelSpec

TASK_TYPES: Mapping[Capability, str] = {
    Capability.TEXT_TO_IMAGE: "Text to Image",
    Capability.EDIT: "Image to Image",
    Capability.INPAINT: "Image to Image",
    Capability.UPSCALE: "Upscale",
    Capability.REMOVE_BACKGROUND: "Image to Image",
    Capability.REFRAME: "Image to Image",
    Capability.SPLIT_LAYERS: "Image to Image",
    Capability.TEXT_TO_VIDEO: "Text to Video",
    Capability.IMAGE_TO_VIDEO: "Image to Video",
    Capability.FIRST_LAST_FRAME: "Image to Video",
    Capability.REFERENCE_TO_VIDEO: "Reference to Video",
    Capability.VIDEO_TO_VIDEO: "Video to Video",
    Capability.MOTION_CONTROL: "Video to Video",
    Capability.TALKING_PORTRAIT: "Speech to Video",
    Capability.LIP_SYNC: "Speech to Video",
    Capability.EXTEND: "Video to Video",
    Capability.GET_1080P: "Video Upscale",
    Capability.GET_4K: "Video Upscale",
}
# What the provider sells beside images and videos.
_OTHERS = (("suno/generate-music", "Suno", "Text to Music"), ("claude-haiku-4-5", "Anthropic", "Chat"))


class ModelList:
    """What `GET /api/v1/models` answers with.

    `removed` are ids that are left out although the catalog has them. `added` are ids that nobody knows, each with
    the id of a catalog model that it is a copy of.

    Raises:
        ConfigError: an added id is like one that the catalog does not have.
    """

    def __init__(self, removed: Iterable[str], added: Mapping[str, str]) -> None:
        self.change(removed, added)

    def change(self, removed: Iterable[str], added: Mapping[str, str]) -> None:
        """Replace both; raises like the constructor, and changes nothing then."""
        for new_id, like in added.items():
            if modes().get(like) is None:
                raise ConfigError(
                    f"“{new_id}” cannot be like “{like}”: there is no such model.", setting="added_models"
                )
        self._removed, self._added = frozenset(removed), dict(added)

    def like(self, model_id: str) -> str:
        """The id to use for a create: of an added model, the one it is a copy of; else the same."""
        return self._added.get(model_id, model_id)

    def mode(self, model_id: str) -> ModelSpec | None:
        """The model of a listed id that makes images or videos; None for any other."""
        if model_id in self._removed:
            return None
        return modes().get(self.like(model_id))

    def has(self, model_id: str) -> bool:
        """True for a listed id."""
        return self.mode(model_id) is not None or any(model_id == other for other, _, _ in _OTHERS)

    def entries(self, *, task_types: Iterable[str] = (), maker: str = "", query: str = "") -> list[dict[str, Any]]:
        """The list, filtered as the provider does: any of the task types, the exact maker, a part of any text."""
        found = [self._entry(model_id) for model_id in (*modes(), *self._added) if self.mode(model_id) is not None]
        found += [_of_other(*other) for other in _OTHERS]
        wanted = {name.strip().casefold() for name in task_types if name.strip()}
        return [
            each
            for each in found
            if (not wanted or wanted & {name.casefold() for name in each["taskType"]})
            and maker.casefold() in ("", each["provider"].casefold())
            and query.casefold() in f"{each['model']} {each['title']} {each['description']}".casefold()
        ]

    def _entry(self, model_id: str) -> dict[str, Any]:
        mode = self.mode(model_id)
        assert mode is not None, model_id
        return {
            "model": model_id,
            "slug": model_id,
            "title": f"{mode.label} API",
            "provider": mode.maker,
            "taskType": list(dict.fromkeys(_task_type(mode, each) for each in mode.capabilities)),
            "description": mode.tagline or None,
            "pricingDesc": pricing_text(mode),
        }


def _task_type(mode: ModelSpec, capability: Capability) -> str:
    if capability is Capability.UPSCALE:
        return f"{mode.modality.value.capitalize()} Upscale"
    return TASK_TYPES[capability]


def _of_other(model_id: str, maker: str, task_type: str) -> dict[str, Any]:
    about = {"model": model_id, "slug": model_id, "title": model_id, "provider": maker, "taskType": [task_type]}
    return {**about, "description": None, "pricingDesc": None}


def modes() -> dict[str, ModelSpec]:
    """Each id that the provider sells, with its model; retired ones are not listed."""
    specs = [spec for spec in catalogue.all_models() if spec.provider == ProviderName.KIE and not spec.retirement]
    return {model_id: mode for spec in specs for mode in spec.modes or (spec,) for model_id in mode.listed_ids}


def pricing_text(mode: ModelSpec) -> str | None:
    """The price in words; None where the list has none."""
    rows = []
    for when, credits in mode.price.table:
        if credits is not None:
            case = ", ".join(f"{name} {value}" for name, value in when.items())
            usd = credits * USD_PER_CREDIT
            rows.append(f"{credits:g} credits (${usd:.3f}){mode.price.unit.suffix}{f' with {case}' if case else ''}")
    return ". ".join(rows) or None
