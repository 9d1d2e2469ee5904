"""One style as a validated value: the text it adds around a prompt and the settings it chooses."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from kaimedia.domain import Modality

SLOT = "{prompt}"
MAX_ADDED_CHARS = 1500  # most characters a style may add: the prompt itself needs room
# Trailing characters of the user's text that are dropped when the style continues with punctuation of its own.
_ENDING = " \t\n.,;:"
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PresetSettings(_Strict):
    """Settings a style chooses; None leaves a setting unchanged. `duration_s` is whole seconds."""

    model: str | None = None
    aspect_ratio: str | None = Field(default=None, pattern=r"^\d{1,2}:\d{1,2}$")
    duration_s: int | None = Field(default=None, ge=1, le=60)
    variants: int | None = Field(default=None, ge=1, le=4)
    params: dict[str, Any] = Field(default_factory=dict)


class Preset(_Strict):
    """A style. `prompt` contains `{prompt}` once; the text before and after it is put around the user's text.

    `id` is the file name without its suffix. `image` is the `data:` URL of its example image, "" without one;
    `colors`, two `#rrggbb` values, are shown on the card of a style without an image.
    """

    id: str
    name: str = Field(min_length=1, max_length=40)
    kind: Literal["image", "video", "both"] = "both"
    prompt: str
    colors: tuple[Color, Color] = ("#6c5ce7", "#d0325a")
    settings: PresetSettings = PresetSettings()
    is_builtin: bool = False
    image: str = ""

    @field_validator("name", "prompt")
    @classmethod
    def _is_readable(cls, text: str) -> str:
        if _UNREADABLE.search(text):
            raise ValueError("contains a control character")
        return text.strip()

    @field_validator("prompt")
    @classmethod
    def _has_one_slot(cls, text: str) -> str:
        if text.count(SLOT) != 1:
            raise ValueError("must contain {prompt} exactly once")
        if len(text) - len(SLOT) > MAX_ADDED_CHARS:
            raise ValueError(f"adds more than {MAX_ADDED_CHARS:,} characters")
        return text

    @field_validator("colors", mode="before")
    @classmethod
    def _from_list(cls, colors: Any) -> Any:
        return tuple(colors) if isinstance(colors, list) else colors

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Preset:
        if self.kind == "image" and self.settings.duration_s is not None:
            raise ValueError("images have no duration_s")
        return self

    @property
    def before(self) -> str:
        """The text before the prompt."""
        return self.prompt.partition(SLOT)[0]

    @property
    def after(self) -> str:
        """The text after the prompt."""
        return self.prompt.partition(SLOT)[2]

    def suits(self, modality: Modality) -> bool:
        """True when it may be used for this type of media."""
        return self.kind in ("both", modality.value)

    def around(self, text: str) -> str:
        """The prompt as it is sent; empty if the user's text is, so that it is refused as empty."""
        user_text = text.strip()
        if self.after[:1] in (".", ",", ";", ":"):
            user_text = user_text.rstrip(_ENDING)
        return f"{self.before}{user_text}{self.after}" if user_text else ""

    def within(self, sent: str) -> str | None:
        """The user's text in a prompt sent with this style; None if it was not sent with it."""
        before, after = self.before, self.after
        fits = sent.startswith(before) and sent.endswith(after) and len(sent) > len(before) + len(after)
        user_text = sent[len(before) : len(sent) - len(after)] if fits else ""
        return user_text if user_text and self.around(user_text) == sent else None
