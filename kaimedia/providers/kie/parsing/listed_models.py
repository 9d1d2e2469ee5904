"""Read the reply with kie.ai's list of models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from kaimedia.domain import ListedModel, Modality
from kaimedia.errors import UnexpectedResponse
from kaimedia.models.spec import Capability

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?")
_MAX_ID_CHARS = 128
_MAX_CHARS = 300
_CAPABILITIES: Mapping[str, Capability] = {
    "text to image": Capability.TEXT_TO_IMAGE,
    "image to image": Capability.EDIT,
    "image edit": Capability.EDIT,
    "image editing": Capability.EDIT,
    "image upscale": Capability.UPSCALE,
    "text to video": Capability.TEXT_TO_VIDEO,
    "image to video": Capability.IMAGE_TO_VIDEO,
    "reference to video": Capability.REFERENCE_TO_VIDEO,
    "video to video": Capability.VIDEO_TO_VIDEO,
    "video edit": Capability.VIDEO_TO_VIDEO,
    "video editing": Capability.VIDEO_TO_VIDEO,
    "video upscale": Capability.UPSCALE,
    "speech to video": Capability.TALKING_PORTRAIT,
    "lip sync": Capability.LIP_SYNC,
}
_VIDEO_STEPS = frozenset({"lip sync", "motion control"})


def read(data: Any) -> tuple[ListedModel, ...]:
    """The entries that have a usable id, each id once.

    Raises:
        UnexpectedResponse: there is no list, it is empty, or it is shorter than it says: then nothing can be
            concluded from an id that is not in it.
    """
    entries = data.get("models") if isinstance(data, Mapping) else None
    if not isinstance(entries, list):
        raise UnexpectedResponse("kie.ai's reply has no list of models.")
    found = {model.id: model for model in map(_model, entries) if model is not None}
    if not found:
        raise UnexpectedResponse("kie.ai's list of models is empty.")
    total = data.get("total")
    if isinstance(total, int) and total > len(entries):
        raise UnexpectedResponse(f"kie.ai's list of models is incomplete: {len(entries)} of {total}.")
    return tuple(found.values())


def _model(entry: Any) -> ListedModel | None:
    model_id = entry.get("model") if isinstance(entry, Mapping) else None
    if not isinstance(model_id, str) or len(model_id) > _MAX_ID_CHARS or not _ID.fullmatch(model_id):
        return None
    task_types = [_text(each).casefold() for each in _list(entry.get("taskType"))]
    return ListedModel(
        id=model_id,
        title=_text(entry.get("title")),
        maker=_text(entry.get("provider")),
        modality=_modality(task_types),
        capabilities=tuple(dict.fromkeys(_CAPABILITIES[each] for each in task_types if each in _CAPABILITIES)),
        price_text=_text(entry.get("pricingDesc")),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """One line without characters that cannot be shown, cut to 300 characters."""
    if not isinstance(value, str):
        return ""
    line = "".join(each if each.isprintable() else " " for each in value)
    return " ".join(line.split())[:_MAX_CHARS]


def _modality(task_types: Iterable[str]) -> Modality | None:
    """What the first task type that says so makes: the word after "to", else the thing that is changed."""
    for task_type in task_types:
        made = task_type.rpartition(" to ")[2]
        if "video" in made or made in _VIDEO_STEPS:
            return Modality.VIDEO
        if "image" in made:
            return Modality.IMAGE
    return None
