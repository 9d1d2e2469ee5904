"""`/api/settings`: the defaults of Generate, and the provider key, which is never returned."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from kaimedia.api.parameters import CurrentStudio
from kaimedia.api.request_schema import IN_DOCUMENT, whole
from kaimedia.api.schemas import Out
from kaimedia.domain import ConfirmUnit, Modality, Settings
from kaimedia.errors import InvalidRequest, StaleTransition
from kaimedia.models.catalogue import MODELS, by_modality, get
from kaimedia.studio import Studio, key_problem_text
from kaimedia.studio.money import MOST_CREDITS

router = APIRouter(prefix="/settings", tags=["settings"])
MASK = "••••"


# Fields that depend on a model: the field, the field of its model, the list of values in the ModelSpec.
DEPENDENT = (
    ("default_image_aspect_ratio", "default_image_model", "aspect_ratios"),
    ("default_variant_count", "default_image_model", "variants"),
    ("default_video_aspect_ratio", "default_video_model", "aspect_ratios"),
)


def _offered(name: str, modality: Modality) -> tuple[Any, ...]:
    """Every value that some model of a modality supports."""
    return tuple(
        sorted({value for spec in by_modality(modality) for value in getattr(spec, name) if value != 0 and value != -1})
    )


def _rules(schema: dict[str, Any]) -> None:
    """A value sent together with a model must be supported by that model."""
    schema["allOf"] = [
        {
            "if": {"properties": {model: {"const": spec.id}}, "required": [model]},
            "then": {"properties": {field: {"enum": list(getattr(spec, name))}}},
        }
        for field, model, name in DEPENDENT
        for spec in MODELS
        if spec.id in schema["properties"][model].get("enum", [schema["properties"][model].get("const")])
    ]
    schema["examples"] = [{"default_image_aspect_ratio": "3:2", "default_variant_count": 2}]


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


_SAVABLE = tuple(field.name for field in fields(Settings) if field.name.startswith("default_"))
_MONEY = ("usd_per_credit", "currency", "currency_per_usd", "confirm_above", "confirm_unit")


class SettingsOut(Out):
    """The defaults, and the provider that runs new tasks."""

    default_image_model: str
    default_video_model: str
    default_image_aspect_ratio: str
    default_video_aspect_ratio: str
    default_variant_count: int
    default_video_duration: int
    default_enhance: bool
    usd_per_credit: float = Field(description="What one credit costs you; the list rate is 0.005.")
    currency: str = Field(description="Three letters; amounts on the pages are in it.")
    currency_per_usd: float = Field(description="How much of the currency one US dollar is.")
    confirm_above: float | None = Field(description="The pages ask before spending more. Null: never.")
    confirm_unit: ConfirmUnit = Field(description="What `confirm_above` is given in: credits, or the currency.")
    provider: str
    api_key: str | None = Field(description=f"Masked: `{MASK} 1a2b`. Null if there is none.")
    api_key_source: str | None
    api_key_problem: str | None
    updated_at: datetime | None

    @classmethod
    def of(cls, studio: Studio) -> SettingsOut:
        """The current settings."""
        saved, state, money = studio.settings.get(), studio.account.state(), studio.money.get()
        key = f"{MASK} {state.key_hint}".strip() if state.key_source else None
        if state.key_source and not state.key_hint:
            key = MASK
        return cls(
            provider=state.name,
            api_key=key,
            api_key_source=state.key_source,
            api_key_problem=key_problem_text(state),
            **{name: getattr(saved, name) for name in (*_SAVABLE, "updated_at")},
            **{name: getattr(money, name) for name in _MONEY},
        )


def _model(modality: Modality) -> Any:
    """Any model of a modality; the document names those it describes: tools fail on rules for a hundred."""
    ids = tuple(spec.id for spec in by_modality(modality))
    described = [model for model in ids if model in IN_DOCUMENT]
    about = {"enum": described, "type": "string", "description": "Any model of `GET /api/models`."}
    return Annotated[Literal[ids], WithJsonSchema(about)]


_CHOICES: dict[str, Any] = {
    "default_image_model": _model(Modality.IMAGE),
    "default_video_model": _model(Modality.VIDEO),
    "default_image_aspect_ratio": Literal[_offered("aspect_ratios", Modality.IMAGE)],
    "default_video_aspect_ratio": Literal[_offered("aspect_ratios", Modality.VIDEO)],
    "default_variant_count": whole(_offered("variants", Modality.IMAGE)),
    "default_video_duration": whole(_offered("durations_s", Modality.VIDEO)),
    "default_enhance": bool,
    "usd_per_credit": Annotated[float, Field(gt=0, le=1)],
    "currency": Annotated[str, Field(pattern=r"^[A-Z]{3}$")],
    "currency_per_usd": Annotated[float, Field(gt=0, le=10_000_000)],
    "confirm_above": Annotated[float, Field(ge=0, le=MOST_CREDITS)] | None,
    "confirm_unit": Annotated[ConfirmUnit, Field(strict=False)],
}
_KEY = Annotated[str, Field(pattern=r"^[!-~]{8,256}$")]


class _Change(BaseModel):
    """New values; omitted fields stay unchanged."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_rules)

    api_key: _KEY | None = Field(None, description="The provider key, stored encrypted. Null deletes the saved key.")


if TYPE_CHECKING:
    SettingsChange = _Change
else:
    # Every field is optional; only the key and the sum may be null.
    SettingsChange = create_model(
        "SettingsChange",
        __base__=_Change,
        __doc__=_Change.__doc__,
        **{name: (kind, Field(default=None, json_schema_extra=_without_default)) for name, kind in _CHOICES.items()},
    )


@router.get("")
def get_settings(studio: CurrentStudio) -> SettingsOut:
    """The defaults, and the provider that runs new tasks. The key is masked."""
    return SettingsOut.of(studio)


@router.put("")
def put_settings(studio: CurrentStudio, change: SettingsChange) -> SettingsOut:
    """Save the given values. Does not check a new key with the provider; the Settings page does."""
    values = change.model_dump(include=change.model_fields_set - {"api_key"})
    if change.api_key is not None:
        studio.account.check_can_save_keys()  # before anything is saved: a failed request changes nothing
    money = {name: values.pop(name) for name in _MONEY if name in values}
    if values:
        _adjust_dependent(values, studio.settings.get())
        try:
            studio.settings.save(**values)
        except InvalidRequest as error:
            if any(field == error.field and model in values for field, model, _ in DEPENDENT):
                raise
            # Some model supports the value, but not the saved model.
            raise StaleTransition(error.message, next_step="Send the model in the same request.") from error
    if money:
        studio.money.save(**money)
    if "api_key" in change.model_fields_set:
        if change.api_key is None:
            studio.account.remove_key()
        else:
            studio.account.save_key_unchecked(change.api_key)
    return SettingsOut.of(studio)


def _adjust_dependent(values: dict[str, Any], saved: Settings) -> None:
    """For a new model, replace saved values that it does not support."""
    for field, model, name in DEPENDENT:
        if model in values and field not in values:
            offered = getattr(get(values[model]), name)
            if getattr(saved, field) not in offered:
                values[field] = offered[0]
