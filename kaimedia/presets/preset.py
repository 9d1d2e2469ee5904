"""One style as a checked value: what it says around a prompt and what it sets."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from kaimedia.domain import Modality

SLOT = "{prompt}"
MOST_TEXT = 1500  # characters a style adds at most: the prompt itself needs room
# What a person ends a sentence with gives way when the style goes on with a sign of its own.
_ENDING = " \t\n.,;:"
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PresetSettings(_Strict):
    """What a style also sets; None leaves a setting as it stands. `duration_s` is whole seconds."""

    model: str | None = None
    aspect_ratio: str | None = Field(default=None, pattern=r"^\d{1,2}:\d{1,2}$")
    duration_s: int | None = Field(default=None, ge=1, le=60)
    variants: int | None = Field(default=None, ge=1, le=4)
    params: dict[str, Any] = Field(default_factory=dict)


class Preset(_Strict):
    """A style. `prompt` holds `{prompt}` once; what stands before and after it is put around a person's own words.

    `id` is the file's name without its ending. `picture` is the `data:` address of its example, "" without one;
    `colors` paint the card of a style without one, `#rrggbb`, two of them.
    """

    id: str
    name: str = Field(min_length=1, max_length=40)
    kind: Literal["image", "video", "both"] = "both"
    prompt: str
    colors: tuple[Color, Color] = ("#6c5ce7", "#d0325a")
    settings: PresetSettings = PresetSettings()
    is_ours: bool = False
    picture: str = ""

    @field_validator("name", "prompt")
    @classmethod
    def _is_readable(cls, text: str) -> str:
        if _UNREADABLE.search(text):
            raise ValueError("holds a control character")
        return text.strip()

    @field_validator("prompt")
    @classmethod
    def _has_one_slot(cls, text: str) -> str:
        if text.count(SLOT) != 1:
            raise ValueError("has to hold {prompt} exactly once")
        if len(text) - len(SLOT) > MOST_TEXT:
            raise ValueError(f"adds more than {MOST_TEXT:,} characters")
        return text

    @field_validator("colors", mode="before")
    @classmethod
    def _from_list(cls, colors: Any) -> Any:
        return tuple(colors) if isinstance(colors, list) else colors

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Preset:
        if self.kind == "image" and self.settings.duration_s is not None:
            raise ValueError("pictures have no duration_s")
        return self

    @property
    def before(self) -> str:
        """What stands before the prompt."""
        return self.prompt.partition(SLOT)[0]

    @property
    def after(self) -> str:
        """What stands after it."""
        return self.prompt.partition(SLOT)[2]

    def suits(self, modality: Modality) -> bool:
        """True when it may be used for this kind of media."""
        return self.kind in ("both", modality.value)

    def around(self, text: str) -> str:
        """The prompt as it is sent; without words of the person's own it stays empty, and is refused as such."""
        own = text.strip()
        if self.after[:1] in (".", ",", ";", ":"):
            own = own.rstrip(_ENDING)
        return f"{self.before}{own}{self.after}" if own else ""

    def within(self, sent: str) -> str | None:
        """The person's own words of a prompt sent with this style; None when it was not."""
        before, after = self.before, self.after
        fits = sent.startswith(before) and sent.endswith(after) and len(sent) > len(before) + len(after)
        own = sent[len(before) : len(sent) - len(after)] if fits else ""
        return own if own and self.around(own) == sent else None
