"""What a generation is asked for with: one request form a model, made from the catalogue."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import reduce
from itertools import combinations
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from kaimedia.domain import GenerationRequest, Modality, Reference, Settings
from kaimedia.kie.catalog import by_modality
from kaimedia.kie.spec import ModelSpec, Param, ReferenceUse, Refusal
from kaimedia.studio import Studio, with_style

# Spaces spelled out: what `\s` means differs from reader to reader.
LINK = r"^https?://[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f\u3000\ufeff]+$"
LARGEST_ID = 2**31 - 1
UPLOAD_ID = r"^[0-9a-f]{32}$"
REFERENCES = {"image_url": "string", "image_media_id": "integer", "image_upload_id": "string"}  # one at most
_OURS = {"n_variants": "variants", "duration": "duration_s"}  # what a request calls them inside
_UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")  # as the models' own rules have it
_EXAMPLES = {Modality.IMAGE: "a paper boat on a still lake, morning mist", Modality.VIDEO: "a red kite over dunes"}


def _visible() -> str:
    """The pattern of a text with at least one character that can be seen, spelled so that every reader knows it."""
    spans: list[list[int]] = []
    for code in (*range(0x20000), *range(0xE0000, 0xE1000)):  # there are none elsewhere
        if unicodedata.category(chr(code)) in _UNSEEN:
            if spans and spans[-1][1] == code - 1:
                spans[-1][1] = code
            else:
                spans.append([code, code])
    return f"[^{''.join(f'{_spelled(first)}-{_spelled(last)}' for first, last in spans)}]"


def _spelled(code: int) -> str:
    return f"\\u{code:04x}" if code <= 0xFFFF else chr(code)


# No control characters but tab and line ends, and something that can be seen.
_TEXT = r"[^\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]*"
_VISIBLE = f"^{_TEXT}{_visible()}{_TEXT}$"


class Ask(BaseModel):
    """One generation as asked for over HTTP; each model of the catalogue has a form of its own."""

    model_config = ConfigDict(extra="forbid", strict=True)
    spec: ClassVar[ModelSpec]

    prompt: str
    image_url: str | None = None
    image_media_id: int | None = None
    image_upload_id: str | None = None
    style: str | None = None

    @model_validator(mode="after")
    def _has_one_reference(self) -> Self:
        if sum(getattr(self, name) is not None for name in REFERENCES) > 1:
            raise PydanticCustomError("two_references", "only one reference image can be given")
        return self

    def request(self, studio: Studio, person: str) -> GenerationRequest:
        """The request as the studio takes it; an image of the gallery or an upload becomes a reference here.

        `person` names who asks, as `Caller.person`: an upload is its sender's alone.

        Raises:
            NotFound: no such image, upload or style.
            InvalidRequest: the style is for the other kind of media.
        """
        values = self.model_dump(include=self.model_fields_set)
        request = GenerationRequest(
            model=self.spec.id,
            prompt=self.prompt,
            aspect_ratio=values.get("aspect_ratio", ""),
            variants=values.get("n_variants", 1),
            duration_s=values.get("duration"),
            enhance=values.get("is_enhance", False),
            reference=self._reference(studio, person),
            params={param.name: values[param.name] for param in self.spec.params if param.name in values},
        )
        if self.style is None:
            return request
        return with_style(request, studio.style(self.style), self.spec, {_OURS.get(name, name) for name in values})

    def _reference(self, studio: Studio, person: str) -> Reference | None:
        if self.image_upload_id is not None:
            return studio.uploads.reference(self.spec.id, self.image_upload_id, person)
        if self.image_media_id is not None:
            return studio.reference_from_media(self.spec.id, self.image_media_id)
        return Reference(url=self.image_url) if self.image_url is not None else None


def _form(spec: ModelSpec) -> type[Ask]:
    """The request form of one model."""
    name = "".join(part.capitalize() for part in re.split(r"[\W_]+", spec.id)) + "Request"
    prompt = Field(min_length=1, max_length=spec.prompt_max_chars, pattern=_VISIBLE, description="What to make.")
    fields: dict[str, Any] = {
        "prompt": (str, prompt),
        "model": (Literal[spec.id], spec.id if spec.id == DEFAULTS.get(spec.modality) else ...),
        "aspect_ratio": (Literal[spec.aspect_ratios], spec.aspect_ratios[0]),
    }
    if spec.durations_s:
        fields["duration"] = (whole(spec.durations_s), Field(spec.default_duration_s, description="Seconds."))
    if spec.modality is Modality.IMAGE:
        fields["n_variants"] = (whole(spec.variants), Field(1, description="How many pictures."))
    if spec.supports_enhance:
        words = "Let the provider rewrite the prompt."
        fields["is_enhance"] = (bool, Field(False, description=words))
    if spec.reference is not ReferenceUse.NONE:
        link = "A public https link to a reference picture; it is fetched and checked by us."
        fields["image_url"] = (
            Annotated[str, Field(max_length=2048, pattern=LINK)] | None,
            Field(None, description=link),
        )
        words = "A picture (or a clip's first frame) of the gallery as reference, instead of `image_url`."
        fields["image_media_id"] = (
            Annotated[int, Field(ge=1, le=LARGEST_ID), BeforeValidator(whole_number)] | None,
            Field(None, description=words),
        )
        words = "An image sent ahead with `POST /api/uploads` as reference, instead of `image_url`."
        fields["image_upload_id"] = (
            Annotated[str, Field(pattern=UPLOAD_ID)] | None,
            Field(None, description=words),
        )
    words = (
        "A style of `GET /api/styles` around the prompt, by its id or name; what it sets holds where the body does not."
    )
    fields["style"] = (
        Annotated[str, Field(min_length=1, max_length=80, pattern=f"^{_TEXT}$")] | None,
        Field(None, description=words),
    )
    fields |= {param.name: _param(param) for param in spec.params}
    made: type[Ask] = create_model(name, __base__=Ask, __doc__=f"{spec.label}: {spec.tagline}.", **fields)
    made.spec = spec
    made.model_config = {**Ask.model_config, "title": spec.label, "json_schema_extra": _rules(spec)}
    made.model_rebuild(force=True)
    return made


def whole(choices: tuple[int, ...]) -> Any:
    """One of these numbers, as a type."""
    return Annotated[Literal[choices], BeforeValidator(whole_number)]


def whole_number(value: Any) -> Any:
    """As JSON has it: 5.0 is 5, and `true` is not 1."""
    if isinstance(value, bool):
        raise PydanticCustomError("not_a_number", "Input should be a number, not true or false")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _param(param: Param) -> tuple[Any, Any]:
    words = param.help or param.label
    if param.kind == "choice":
        return Literal[param.choices], Field(param.default, description=words)
    if param.kind == "flag":
        return bool, Field(param.default, description=words)
    if param.kind == "text":
        return str, Field(param.default, max_length=param.max_chars, pattern=f"^{_TEXT}$", description=words)
    step: Any = {"multipleOf": param.step} if param.step else None  # checked by the model's own rules
    bounds = Field(ge=param.minimum, le=param.maximum, json_schema_extra=step)
    return Annotated[float, bounds], Field(param.default, description=words)


def _rules(spec: ModelSpec) -> Callable[[dict[str, Any]], None]:
    """What the schema must say beyond single fields: combinations the provider refuses, and an example."""

    def add(schema: dict[str, Any]) -> None:
        rules = [{"not": _all_of(refusal, schema["properties"])} for refusal in spec.refusals]
        if "image_url" in schema["properties"]:
            for pair in combinations(REFERENCES, 2):
                given = {name: {"type": REFERENCES[name]} for name in pair}
                rules.append({"not": {"properties": given, "required": list(pair)}})
        if rules:
            schema["allOf"] = rules
        schema["examples"] = [_example(spec)]

    return add


def _all_of(refusal: Refusal, properties: dict[str, Any]) -> dict[str, Any]:
    """The schema of a body to which all conditions of a refusal apply; a field left out has its default."""
    names = {"duration_s": "duration", "variants": "n_variants"}
    conditions = []
    for key, value in refusal.when.items():
        name = names.get(key, key)
        is_given: dict[str, Any] = {"properties": {name: {"const": value}}, "required": [name]}
        is_default = properties[name].get("default") == value
        conditions.append({"anyOf": [is_given, {"not": {"required": [name]}}]} if is_default else is_given)
    return {"allOf": conditions}


def _example(spec: ModelSpec) -> dict[str, Any]:
    example: dict[str, Any] = {"prompt": _EXAMPLES[spec.modality], "model": spec.id}
    example["aspect_ratio"] = spec.aspect_ratios[0]
    if spec.modality is Modality.IMAGE:
        example |= {"n_variants": spec.variants[0], "is_enhance": False}
    if spec.default_duration_s:
        example["duration"] = spec.default_duration_s
    return example


def _union(modality: Modality) -> Any:
    """One of the forms of a modality, chosen by the body's `model`."""
    default = DEFAULTS.get(modality)

    def tag(body: Any) -> str | None:
        model = body.get("model", default) if isinstance(body, dict) else getattr(body, "model", None)
        return model if isinstance(model, str) else None

    forms = [Annotated[_form(spec), Tag(spec.id)] for spec in by_modality(modality)]
    return Annotated[reduce(or_, forms), Discriminator(tag)]


# Left out, `model` is the product's default for pictures, whatever a person chose in Settings: a program's
# request must not change its meaning. Clips cost more and differ more: there it is required.
DEFAULTS = {Modality.IMAGE: Settings().default_image_model}

if TYPE_CHECKING:
    ImageAsk = Ask
    VideoAsk = Ask
else:
    ImageAsk = _union(Modality.IMAGE)
    VideoAsk = _union(Modality.VIDEO)
