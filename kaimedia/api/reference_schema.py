"""The inputs of a generation request beside its prompt: by role, or in short form as one file."""

from __future__ import annotations

from itertools import combinations
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model, model_validator
from pydantic_core import PydanticCustomError

from kaimedia.domain import InputKind, Reference, Role
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import Studio

# Spaces are listed because the meaning of `\s` differs between regex engines.
LINK = r"^https?://[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f\u3000\ufeff]+$"
LARGEST_ID = 2**31 - 1
UPLOAD_ID = r"^[0-9a-f]{32}$"
SHORT = {"image_url": "string", "image_media_id": "integer", "image_upload_id": "string"}  # at most one of them
WAYS = {**SHORT, "references": "object"}  # and not both forms


def whole_number(value: Any) -> Any:
    """As in JSON: 5.0 is 5, and `true` is not 1."""
    if isinstance(value, bool):
        raise PydanticCustomError("not_a_number", "Input should be a number, not true or false")
    return int(value) if isinstance(value, float) and value.is_integer() else value


Link = Annotated[str, Field(max_length=2048, pattern=LINK)]
MediaId = Annotated[int, Field(ge=1, le=LARGEST_ID), BeforeValidator(whole_number)]
UploadId = Annotated[str, Field(pattern=UPLOAD_ID)]


class InputBody(BaseModel):
    """One input: a public link, a gallery item, or an upload."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"minProperties": 1, "maxProperties": 1}, title="Input"
    )

    url: Link = Field(default="", description="A public https link; we download and check it.")
    media_id: MediaId = Field(
        default=0, description="A gallery item; where an image is wanted, of a video its first frame."
    )
    upload_id: UploadId = Field(default="", description="Uploaded with `POST /api/uploads`.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise PydanticCustomError("one_input", "exactly one of url, media_id and upload_id")
        return self

    def reference(self, studio: Studio, spec: ModelSpec, caller_id: str, role: Role | None) -> Reference:
        """The stored file or the link; only the caller who sent an upload can use it.

        Raises:
            NotFound: no such item or upload.
            MediaError: the model does not accept the file.
        """
        if self.upload_id:
            return studio.uploads.reference(spec.id, self.upload_id, caller_id, role)
        if self.media_id:
            return studio.references.from_media(spec.id, self.media_id, role)
        slot = spec.input(role)
        return Reference(url=self.url, role=role, kind=slot.kind if slot else InputKind.IMAGE)


def reference_fields(spec: ModelSpec, name: str) -> dict[str, Any]:
    """The fields of a model's request schema for its inputs, none where it takes none; `name` is the schema's."""
    if not spec.inputs:
        return {}
    first = spec.inputs[0].label.lower()
    link = f"A public https link to an image, the {first}; we download and check it."
    media = f"A gallery image (or a video's first frame) as the {first}, instead of `image_url`."
    upload = f"An image uploaded with `POST /api/uploads` as the {first}, instead of `image_url`."
    several = "Inputs by role, instead of `image_url`; `GET /api/models` has the roles of each model."
    return {
        "image_url": (Link | None, Field(None, description=link)),
        "image_media_id": (MediaId | None, Field(None, description=media)),
        "image_upload_id": (UploadId | None, Field(None, description=upload)),
        "references": (_by_role(spec, name) | None, Field(None, description=several)),
    }


def given_references(body: BaseModel, studio: Studio, spec: ModelSpec, caller_id: str) -> tuple[Reference, ...]:
    """The references of a request body in either form. Raises as `InputBody.reference`."""
    by_role = getattr(body, "references", None)
    if isinstance(by_role, dict):
        return tuple(each.reference(studio, spec, caller_id, role) for role, given in by_role.items() for each in given)
    if by_role is not None:
        return tuple(
            each.reference(studio, spec, caller_id, slot.role)
            for slot in spec.inputs
            for each in getattr(by_role, slot.role) or ()
        )
    short = {name.removeprefix("image_"): getattr(body, name, None) for name in SHORT}
    given = {name: value for name, value in short.items() if value is not None}
    return (InputBody(**given).reference(studio, spec, caller_id, None),) if given else ()


def _by_role(spec: ModelSpec, name: str) -> Any:
    fields: dict[str, Any] = {
        slot.role.value: (
            Annotated[list[InputBody], Field(min_length=1, max_length=slot.maximum)],
            Field(default=None, description=f"{slot.label}. {slot.help}".strip()),
        )
        for slot in spec.inputs
    }
    config = ConfigDict(extra="forbid", strict=True, title=f"Inputs of {spec.label}", json_schema_extra=_rules(spec))
    return create_model(f"{name}References", __config__=config, __doc__=f"What {spec.label} takes.", **fields)


def _rules(spec: ModelSpec) -> dict[str, Any]:
    """The rules between roles as JSON Schema; `models.inputs` enforces them."""
    rules: list[dict[str, Any]] = []
    for slot in spec.inputs:
        is_without = {"not": {"required": [slot.role.value]}}
        if slot.needs is not None:
            with_other: dict[str, Any] = {"required": [slot.needs.value]}
            if slot.alone_with is not None:
                with_other["properties"] = {slot.needs.value: {"maxItems": slot.alone_with}}
            rules.append({"anyOf": [is_without, with_other]})
        rules += [{"not": {"required": [slot.role.value, role.value]}} for role in slot.excludes]
    extra: dict[str, Any] = {"minProperties": 1}
    return extra | {"allOf": rules} if rules else extra


def one_form_rules() -> list[dict[str, Any]]:
    """JSON Schema: at most one of the ways to give references is used."""
    rules = []
    for pair in combinations(WAYS, 2):
        types = {name: {"type": WAYS[name]} for name in pair}
        rules.append({"not": {"properties": types, "required": list(pair)}})
    return rules


def with_input(spec: ModelSpec, role: Role) -> dict[str, Any]:
    """The schema of a body with an input of this role."""
    by_role = {"properties": {"references": {"type": "object", "required": [role.value]}}, "required": ["references"]}
    if role is not spec.inputs[0].role:
        return by_role
    short = [{"properties": {name: {"type": kind}}, "required": [name]} for name, kind in SHORT.items()]
    return {"anyOf": [by_role, *short]}
