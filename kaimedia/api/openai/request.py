"""The body of OpenAI's image requests, and what it means for our models."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from kaimedia.api.openai.sizes import nearest_ratio, read_size, resolution
from kaimedia.api.reference_schema import whole_number
from kaimedia.domain import GenerationRequest, Modality, Reference
from kaimedia.errors import InvalidRequest
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import Studio

MOST_IMAGES = 10
# Names of OpenAI's that the provider does not sell, which clients send by default.
_DEFAULT_NAMES = re.compile(r"dall-e-[23]|gpt-image-1(-mini)?|chatgpt-image-latest")
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_QUALITIES = {"hd": "high", "standard": "medium"}


def _number(value: Any) -> Any:
    """A whole number; clients send null for the default."""
    return 1 if value is None else whole_number(value)


class ImageRequest(BaseModel):
    """What `POST /v1/images/generations` and `/edits` take.

    Fields of OpenAI's that change nothing here (`user`, `moderation`, …) are ignored; others are parameters of the
    model where it has one of that name.
    """

    model_config = ConfigDict(extra="allow")

    prompt: str = Field(max_length=32_000, description="What to make.")
    model: str | None = Field(None, max_length=100, description="Any image model of `GET /v1/models`.")
    n: Annotated[int, BeforeValidator(_number)] = Field(1, ge=1, le=MOST_IMAGES, description="How many images.")
    size: str | None = Field(None, max_length=40, description="WIDTHxHEIGHT or “auto”; the nearest the model has.")
    quality: str | None = Field(None, max_length=40)
    background: Literal["transparent", "opaque", "auto"] | None = None
    output_format: Literal["png", "jpeg", "webp"] | None = Field(None, description="Of `b64_json`.")
    response_format: Literal["b64_json", "url"] | None = Field(None, description="By default `b64_json`.")
    stream: bool | None = Field(None, description="Streaming is not supported.")
    partial_images: int | None = None

    @property
    def is_url(self) -> bool:
        """Whether the answer has links instead of the images."""
        return self.response_format == "url"

    def check_supported(self) -> None:
        """Refuse what would change the answer and is not supported.

        Raises:
            InvalidRequest: streaming was asked for, or a format for links.
        """
        if self.stream or self.partial_images:
            field = "stream" if self.stream else "partial_images"
            raise InvalidRequest("Images cannot be streamed here.", field=field, next_step=f"Leave out “{field}”.")
        if self.is_url and self.output_format:
            raise InvalidRequest(
                "A link is to the image as the model made it.",
                field="output_format",
                next_step="Leave out “output_format”, or use “response_format”: “b64_json”.",
            )

    def spec(self, studio: Studio) -> ModelSpec:
        """The model.

        Raises:
            InvalidRequest: there is none of this name, or it makes videos.
        """
        name = self.model or ""
        if not name or _DEFAULT_NAMES.fullmatch(name):
            return studio.catalog.get(studio.settings.get().default_image_model)
        known = {spec.id for spec in studio.catalog.models(Modality.IMAGE)}
        plain = _SNAPSHOT.sub("", name)
        found = next((each for each in (name, plain) if each in known), None)
        if found is None:
            raise InvalidRequest(
                f"There is no image model “{name}”.", field="model", next_step="`GET /v1/models` lists them."
            )
        return studio.catalog.get(found)

    def generation(self, spec: ModelSpec, references: tuple[Reference, ...] = ()) -> GenerationRequest:
        """The request of one task for the studio.

        Raises:
            InvalidRequest: the size cannot be read, or the background is not supported.
        """
        params = {name: value for name, value in (self.model_extra or {}).items() if spec.param(name)}
        ratio, size_px = "", read_size(self.size)
        if size_px is not None:
            ratio = nearest_ratio(spec.aspect_ratios, size_px)
            params = resolution(spec, size_px) | params
        return GenerationRequest(
            model=spec.id,
            prompt=self.prompt,
            aspect_ratio=ratio,
            variants=self._in_one_task(spec.mode_for(references)),
            references=references,
            params=self._quality(spec) | self._background(spec) | self._format(spec) | params,
        )

    def _in_one_task(self, mode: ModelSpec) -> int:
        """How many images one task makes: as many as are wanted, else as few as the model can."""
        return self.n if self.n in mode.variants else min(mode.variants)

    def _quality(self, spec: ModelSpec) -> dict[str, Any]:
        param = spec.param("quality")
        wanted = next((each for each in (self.quality, _QUALITIES.get(self.quality or "")) if each), None)
        return {"quality": wanted} if param and wanted in param.choices else {}

    def _background(self, spec: ModelSpec) -> dict[str, Any]:
        param = spec.param("background")
        if param and self.background in param.choices:
            return {"background": self.background}
        if self.background == "transparent":
            raise InvalidRequest(
                f"{spec.label} makes no transparent background.",
                field="background",
                next_step="Leave it out, or choose another model.",
            )
        return {}

    def _format(self, spec: ModelSpec) -> dict[str, Any]:
        """Let the model make it where it can: what it makes otherwise is converted afterwards."""
        param = spec.param("output_format")
        names = {self.output_format, "jpg" if self.output_format == "jpeg" else None} - {None}
        made = next((choice for choice in param.choices if choice in names), None) if param else None
        return {"output_format": made} if made else {}
