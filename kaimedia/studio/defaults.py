"""Checks the saved defaults against the catalog, and the format of a key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kaimedia.domain import Modality, ProviderName, Settings
from kaimedia.errors import InvalidRequest
from kaimedia.models import catalogue
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.registry import label_of


def clean_key(key: str) -> str:
    """A pasted key without surrounding whitespace. Raises InvalidRequest when it cannot be a key."""
    clean = key.strip()
    if not 8 <= len(clean) <= 256 or not clean.isascii() or not clean.isprintable() or " " in clean:
        raise InvalidRequest(
            "This does not look like a key. Keys have 8–256 characters and no spaces.",
            field="api_key",
            next_step=f"Copy it again from the API keys page of {label_of(ProviderName.KIE)}.",
        )
    return clean


def _spec_or_first(model: str, modality: Modality) -> ModelSpec:
    offered = catalogue.by_modality(modality)
    return next((spec for spec in offered if spec.id == model), offered[0])


def fitting(settings: Settings) -> Settings:
    """The settings with each value the catalog no longer offers replaced by the first it does."""
    image = _spec_or_first(settings.default_image_model, Modality.IMAGE)
    video = _spec_or_first(settings.default_video_model, Modality.VIDEO)
    return replace(
        settings,
        default_image_model=image.id,
        default_video_model=video.id,
        default_image_aspect_ratio=_offered(settings.default_image_aspect_ratio, image.aspect_ratios),
        default_video_aspect_ratio=_offered(settings.default_video_aspect_ratio, video.aspect_ratios),
        default_variant_count=_offered(settings.default_variant_count, image.variants),
    )


def _offered(value: Any, offered: Iterable[Any]) -> Any:
    choices = tuple(offered)
    return value if value in choices else choices[0]


def check_defaults(settings: Settings) -> None:
    """Raise InvalidRequest naming the field whose value its model does not offer."""
    image = _known("default_image_model", settings.default_image_model, Modality.IMAGE)
    video = _known("default_video_model", settings.default_video_model, Modality.VIDEO)
    checks: tuple[tuple[str, Any, tuple[Any, ...], str], ...] = (
        ("default_image_aspect_ratio", settings.default_image_aspect_ratio, image.aspect_ratios, image.label),
        ("default_video_aspect_ratio", settings.default_video_aspect_ratio, video.aspect_ratios, video.label),
        ("default_variant_count", settings.default_variant_count, image.variants, image.label),
    )
    for field, value, offered, label in checks:
        if value not in offered:
            choices = ", ".join(str(choice) for choice in offered)
            raise InvalidRequest(f"{label} offers {choices}, not {value}.", field=field)


def _known(field: str, model: str, modality: Modality) -> ModelSpec:
    offered = {spec.id: spec for spec in catalogue.by_modality(modality)}
    if model not in offered:
        raise InvalidRequest(f"“{model}” is not one of {', '.join(offered)}.", field=field)
    return offered[model]
