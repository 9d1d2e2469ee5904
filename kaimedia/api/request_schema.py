"""Request schemas of generations: one per model, made from the catalog."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Strict,
    Tag,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from kaimedia.api.reference_schema import (
    WAYS,
    InputBody,
    Link,
    MediaId,
    UploadId,
    given_references,
    one_form_rules,
    reference_fields,
    whole_number,
    with_input,
)
from kaimedia.domain import GenerationRequest, Modality, Role, Settings
from kaimedia.models.catalogue import all_models, by_modality, find
from kaimedia.models.params import Param, ParamKind
from kaimedia.models.rules import Rule, RuleKind
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import Studio, with_style

BATCH_PROMPT_MAX_CHARS = 800_000  # 200 prompts of 4,000 characters; a body has at most 1 MB
_OURS = {"n_variants": "variants", "duration": "duration_s"}  # their names in GenerationRequest
_UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")  # the same as in the models' rules
_EXAMPLES = {Modality.IMAGE: "a paper boat on a still lake, morning mist", Modality.VIDEO: "a red kite over dunes"}


def _visible() -> str:
    """A pattern for a visible character, written so that every regex engine understands it."""
    spans: list[list[int]] = []
    for code in (*range(0x20000), *range(0xE0000, 0xE1000)):  # no such characters elsewhere
        if unicodedata.category(chr(code)) in _UNSEEN:
            if spans and spans[-1][1] == code - 1:
                spans[-1][1] = code
            else:
                spans.append([code, code])
    return f"[^{''.join(f'{_escaped(first)}-{_escaped(last)}' for first, last in spans)}]"


def _escaped(code: int) -> str:
    return f"\\u{code:04x}" if code <= 0xFFFF else chr(code)


# No control characters except tab and line breaks, and at least one visible character.
_TEXT = r"[^\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]*"
_VISIBLE = f"^{_TEXT}{_visible()}{_TEXT}$"


class GenerationBody(BaseModel):
    """The body of a generation request; each model has its own subclass."""

    model_config = ConfigDict(extra="forbid", strict=True)
    spec: ClassVar[ModelSpec]

    prompt: str
    image_url: str | None = None
    image_media_id: int | None = None
    image_upload_id: str | None = None
    style: str | None = None

    references: Any = None  # each model has its own schema for it

    @model_validator(mode="after")
    def _has_one_reference(self) -> Self:
        if sum(getattr(self, name) is not None for name in WAYS) > 1:
            raise PydanticCustomError("two_references", "only one reference image can be given")
        if isinstance(self.references, BaseModel) and not self.references.model_fields_set:
            raise PydanticCustomError("no_reference", "“references” has no input; leave it out")
        return self

    def request(self, studio: Studio, caller_id: str) -> GenerationRequest:
        """The request for the studio; resolves a gallery image or an upload to a reference.

        `caller_id` is `Caller.id`: only the caller who sent an upload can use it.

        Raises:
            NotFound: no such image, upload or style.
            InvalidRequest: the style is for the other media type.
        """
        values = self.model_dump(include=self.model_fields_set)
        request = GenerationRequest(
            model=self.spec.id,
            prompt=self.prompt,
            aspect_ratio=values.get("aspect_ratio", ""),
            variants=values.get("n_variants", 1),
            duration_s=values.get("duration"),
            enhance=values.get("is_enhance", False),
            references=given_references(self, studio, self.spec, caller_id),
            params={param.name: values[param.name] for param in self.spec.params if param.name in values},
        )
        if self.style is None:
            return request
        return with_style(request, studio.styles.get(self.style), self.spec, {_OURS.get(name, name) for name in values})


class OtherModelBody(GenerationBody):
    """A request to any other model of `GET /api/models`; its fields are checked by the model's own rules."""

    model_config = ConfigDict(extra="allow", strict=True, title="Any other model")

    prompt: str = ""
    model: str
    image_url: Link | None = None
    image_media_id: MediaId | None = None
    image_upload_id: UploadId | None = None
    references: dict[Annotated[Role, Strict(False)], list[InputBody]] | None = None
    aspect_ratio: str = ""
    n_variants: Annotated[int, BeforeValidator(whole_number)] = 1
    duration: Annotated[int, BeforeValidator(whole_number)] | None = None
    is_enhance: bool = False

    def request(self, studio: Studio, caller_id: str) -> GenerationRequest:
        """The request for the studio. Raises as that of `GenerationBody`, and InvalidRequest for an unknown role."""
        spec = studio.catalog.get(self.model)
        request = GenerationRequest(
            model=spec.id,
            prompt=self.prompt,
            aspect_ratio=self.aspect_ratio,
            variants=self.n_variants,
            duration_s=self.duration,
            enhance=self.is_enhance,
            references=given_references(self, studio, spec, caller_id),
            params=dict(self.model_extra or {}),
        )
        if self.style is None:
            return request
        chosen = {_OURS.get(name, name) for name in self.model_fields_set}
        return with_style(request, studio.styles.get(self.style), spec, chosen)


def _schema(spec: ModelSpec) -> type[GenerationBody]:
    """The request schema of one model."""
    name = "".join(part.capitalize() for part in re.split(r"[\W_]+", spec.id)) + "Request"
    prompt = Field(min_length=1, max_length=spec.prompt_max_chars, pattern=_VISIBLE, description="What to generate.")
    fields: dict[str, Any] = {
        "prompt": (str, prompt),
        "model": (Literal[spec.id], spec.id if spec.id == DEFAULTS.get(spec.modality) else ...),
        "aspect_ratio": (Literal[spec.aspect_ratios], spec.aspect_ratios[0]),
    }
    if spec.durations_s:
        fields["duration"] = (whole(spec.durations_s), Field(spec.default_duration_s, description="Seconds."))
    if spec.modality is Modality.IMAGE:
        fields["n_variants"] = (whole(spec.variants), Field(1, description="How many images."))
    if spec.supports_enhance:
        fields["is_enhance"] = (bool, Field(False, description="Let the provider rewrite the prompt."))
    fields |= reference_fields(spec, name.removesuffix("Request"))
    text = "A style of `GET /api/styles`, by id or name; its settings apply where the body sets none."
    fields["style"] = (
        Annotated[str, Field(min_length=1, max_length=80, pattern=f"^{_TEXT}$")] | None,
        Field(None, description=text),
    )
    fields |= {param.name: _param(param) for param in spec.params}
    schema: type[GenerationBody] = create_model(
        name, __base__=GenerationBody, __doc__=f"{spec.label}: {spec.tagline}.", **fields
    )
    schema.spec = spec
    schema.model_config = {**GenerationBody.model_config, "title": spec.label, "json_schema_extra": _rules(spec)}
    schema.model_rebuild(force=True)
    return schema


def whole(choices: tuple[int, ...]) -> Any:
    """A type for one of these numbers."""
    return Annotated[Literal[choices], BeforeValidator(whole_number)]


def _param(param: Param) -> tuple[Any, Any]:
    text = param.help or param.label
    if param.kind is ParamKind.CHOICE:
        return Literal[param.choices], Field(param.default, description=text)
    if param.kind is ParamKind.FLAG:
        return bool, Field(param.default, description=text)
    if param.kind is ParamKind.TEXT:
        return str, Field(param.default or "", max_length=param.max_chars, pattern=f"^{_TEXT}$", description=text)
    step: Any = {"multipleOf": param.step} if param.step else None  # enforced by the model's rules
    bounds = Field(ge=param.minimum, le=param.maximum, json_schema_extra=step)
    return Annotated[float, bounds], Field(param.default, description=text)


def _rules(spec: ModelSpec) -> Callable[[dict[str, Any]], None]:
    """Add rules across fields (combinations the provider rejects) and an example to the schema."""

    def add(schema: dict[str, Any]) -> None:
        rules = [
            {"not": _all_of(spec, rule, schema["properties"])} for rule in spec.rules if rule.kind is RuleKind.FORBID
        ]
        if "image_url" in schema["properties"]:
            rules += one_form_rules()
        if rules:
            schema["allOf"] = rules
        schema["examples"] = [_example(spec)]

    return add


def _all_of(spec: ModelSpec, rule: Rule, properties: dict[str, Any]) -> dict[str, Any]:
    """The schema of a body that meets all conditions of a rule; omitted fields have their defaults."""
    names = {"duration_s": "duration", "variants": "n_variants"}
    conditions: list[dict[str, Any]] = []
    for key, value in rule.when.items():
        if key.startswith("has_"):
            conditions.append(with_input(spec, Role(key.removeprefix("has_"))))
            continue
        name = names.get(key, key)
        is_set: dict[str, Any] = {"properties": {name: {"const": value}}, "required": [name]}
        is_default = properties[name].get("default") == value
        conditions.append({"anyOf": [is_set, {"not": {"required": [name]}}]} if is_default else is_set)
    return {"allOf": conditions}


def _example(spec: ModelSpec) -> dict[str, Any]:
    example: dict[str, Any] = {"prompt": _EXAMPLES[spec.modality], "model": spec.id}
    example["aspect_ratio"] = spec.aspect_ratios[0]
    if spec.modality is Modality.IMAGE:
        example |= {"n_variants": spec.variants[0], "is_enhance": False}
    if spec.default_duration_s:
        example["duration"] = spec.default_duration_s
    return example


# A schema for each of a hundred models would make the OpenAPI document megabytes long. Those of the other models are
# at `GET /api/models/{model_id}`.
IN_DOCUMENT = frozenset({"gpt4o-image", "veo3_fast", "veo3", "runway", "sora2", "kling-2.5-turbo"})
OTHER_MODEL = "OtherModel"


def _batch_schema(spec: ModelSpec) -> type[GenerationBody]:
    """The same where the prompt may be many: a single one is measured once they are taken apart."""
    plain = _SCHEMAS[spec.id]
    text = "What to generate; with `split_prompts`, each of its prompts has the model's limit."
    prompt = Field(min_length=1, max_length=BATCH_PROMPT_MAX_CHARS, pattern=_VISIBLE, description=text)
    schema: type[GenerationBody] = create_model(
        plain.__name__.removesuffix("Request") + "BatchRequest",
        __base__=plain,
        __doc__=plain.__doc__,
        prompt=(str, prompt),
    )
    schema.model_config = {**plain.model_config, "title": f"{spec.label} in a batch"}
    schema.model_rebuild(force=True)
    return schema


def _union(specs: Sequence[ModelSpec], default: str | None, bodies: Mapping[str, type[GenerationBody]]) -> Any:
    """The union of these models' schemas, discriminated by `model`."""
    known = {spec.id for spec in specs}

    def tag(body: Any) -> str | None:
        model = body.get("model", default) if isinstance(body, dict) else getattr(body, "model", None)
        if not isinstance(model, str) or model in IN_DOCUMENT:
            return model if isinstance(model, str) else None
        # Models that are not shipped may be in the provider's own list, which `request` looks up.
        return OTHER_MODEL if model in known or find(model) is None else model

    schemas = [Annotated[bodies[spec.id], Tag(spec.id)] for spec in specs if spec.id in IN_DOCUMENT]
    schemas.append(Annotated[OtherModelBody, Tag(OTHER_MODEL)])
    return Annotated[reduce(or_, schemas), Discriminator(tag)]


# For images, an omitted `model` is the product's default, not the one in Settings: the meaning of a program's request
# must not change. Videos cost more and differ more, so `model` is required.
DEFAULTS = {Modality.IMAGE: Settings().default_image_model}

_SCHEMAS = {spec.id: _schema(spec) for spec in all_models() if spec.id in IN_DOCUMENT}
_BATCH_SCHEMAS = {spec.id: _batch_schema(spec) for spec in all_models() if spec.id in IN_DOCUMENT}

if TYPE_CHECKING:
    ImageBody = GenerationBody
    VideoBody = GenerationBody
    BatchBody = GenerationBody
else:
    ImageBody = _union(by_modality(Modality.IMAGE), DEFAULTS[Modality.IMAGE], _SCHEMAS)
    VideoBody = _union(by_modality(Modality.VIDEO), None, _SCHEMAS)
    BatchBody = _union(all_models(), DEFAULTS[Modality.IMAGE], _BATCH_SCHEMAS)
