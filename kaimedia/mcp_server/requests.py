"""Arguments that describe a generation, and the request they become; the rules are those of the REST API."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, TypeAdapter

from kaimedia.api.reference_schema import InputBody, MediaId
from kaimedia.api.request_schema import DEFAULTS, GenerationBody, ImageBody, VideoBody
from kaimedia.domain import GenerationRequest, Modality, Role
from kaimedia.errors import InvalidRequest
from kaimedia.mcp_server.call import Call
from kaimedia.mcp_server.tool import Arguments

_BODIES: dict[Modality, TypeAdapter[GenerationBody]] = {
    Modality.IMAGE: TypeAdapter(ImageBody),
    Modality.VIDEO: TypeAdapter(VideoBody),
}
_OWN = ("params", "idempotency_key", "again")  # of the tools; all other arguments are fields of the REST API


def _from_text(value: Any) -> Any:
    """Some clients send an object as a string of JSON."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


Params = Annotated[
    dict[str, Any],
    BeforeValidator(_from_text),
    Field(description="The model's own parameters by name; describe_model lists them."),
]
References = Annotated[
    dict[Role, list[InputBody]],
    BeforeValidator(_from_text),
    Field(description='Input files by role, such as {"reference": [{"media_id": 12}]}; describe_model lists roles.'),
]
Key = Annotated[
    str,
    Field(
        pattern=r"^[!-~]{1,200}$",
        description="Any text you choose for this request: repeating it with the same key returns the same task and "
        "pays once, also after a lost connection. Valid for two days.",
    ),
]
AGAIN = "True to send and pay for a request again that was sent within the last minute."
_MODEL = "A model id; list_models lists them."


class Wish(Arguments):
    """What to generate."""

    prompt: str = Field(default="", description="What to generate, as text.")
    model: str | None = Field(default=None, description=_MODEL)
    aspect_ratio: str | None = Field(default=None, description="Such as “1:1” or “16:9”; by default the model's first.")
    n_variants: int | None = Field(default=None, description="How many images, as the model offers; each may cost.")
    duration: int | None = Field(default=None, description="Seconds of a video, as the model offers.")
    style: str | None = Field(default=None, description="A style of the studio by name or id; the prompts list them.")
    is_enhance: bool | None = Field(default=None, description="Let the provider rewrite the prompt.")
    image_media_id: MediaId | None = Field(default=None, description="A gallery item as the image to start from.")
    image_url: str | None = Field(default=None, description="A public https link to the image to start from.")
    references: References | None = None
    params: Params = Field(default_factory=dict)


class ImageArguments(Wish):
    """The arguments of generate_image."""

    prompt: str = Field(default="", description="What the image shows.")
    model: str | None = Field(default=None, description=f"{_MODEL} By default {DEFAULTS[Modality.IMAGE]}.")
    idempotency_key: Key | None = None
    again: bool = Field(default=False, description=AGAIN)


class VideoArguments(Wish):
    """The arguments of generate_video."""

    prompt: str = Field(default="", description="What the video shows.")
    model: str = Field(description="A model id; list_models with type “video” lists them.")
    idempotency_key: Key | None = None
    again: bool = Field(default=False, description=AGAIN)


def request_of(
    call: Call, wish: Arguments, model: str, prompt: str, *, leave_out: tuple[str, ...] = ()
) -> GenerationRequest:
    """The request for the studio, checked field by field as one of the REST API; without the fields to `leave_out`.

    Raises:
        ValidationError, InvalidRequest: a field is not valid; names it.
        NotFound: no such item or style.
    """
    spec = call.studio.catalog.get(model)
    fields = wish.model_dump(mode="json", exclude_unset=True, exclude={*_OWN, *leave_out})
    body = {name: value for name, value in fields.items() if value is not None} | {"model": spec.id, "prompt": prompt}
    params: dict[str, Any] = getattr(wish, "params", {})
    for name in params:
        if name in GenerationBody.model_fields or name in ("model", "aspect_ratio", "n_variants", "duration"):
            raise InvalidRequest(f"“{name}” is an argument of its own, not one of “params”.", field=f"params.{name}")
    parsed = _BODIES[spec.modality].validate_python({**body, **params})
    return parsed.request(call.studio, call.caller.id)


def model_of(call: Call, model: str | None, modality: Modality | None) -> str:
    """The model to use; without one, the product's default for images.

    Raises:
        InvalidRequest: there is no such model, or it makes something else.
    """
    spec = call.studio.catalog.get(model or DEFAULTS[Modality.IMAGE])
    if modality is not None and spec.modality is not modality:
        other = "generate_video" if spec.modality is Modality.VIDEO else "generate_image"
        raise InvalidRequest(
            f"“{spec.id}” makes {spec.modality}s, not {modality}s.", field="model", next_step=f"Call {other} with it."
        )
    return spec.id
