"""Inputs of a request beside its prompt: images, videos and sound, each with a role."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an input is for, as in requests and in `media_inputs.role`."""

    REFERENCE = "reference"  # the result is made after it, or shows it
    FIRST_FRAME = "first_frame"
    LAST_FRAME = "last_frame"
    SOURCE = "source"  # an image that is edited or upscaled
    MASK = "mask"  # where the source or reference is edited
    STYLE = "style"
    DRIVING_VIDEO = "driving_video"  # its motion is taken
    AUDIO = "audio"  # speech or sound that the result follows
    REFERENCE_VIDEO = "reference_video"
    REFERENCE_AUDIO = "reference_audio"
    SOURCE_VIDEO = "source_video"  # edited, extended or upscaled
    PORTRAIT = "portrait"  # the person who speaks
    CHARACTER = "character"  # who moves as in the driving video


class InputKind(StrEnum):
    """What kind of file an input is."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"

    @property
    def with_article(self) -> str:
        """As in a sentence: "an image", "a video", "a sound file"."""
        return {"image": "an image", "video": "a video", "audio": "a sound file"}[self.value]


@dataclass(frozen=True, slots=True)
class Reference:
    """One input: a stored, checked file, or a link still to be fetched.

    Exactly one of `filename` (a name in the reference folder) and `url` is set. `media_id` is the gallery
    item it was taken from, if any. Without a `role`, validation gives it the model's first.

    `mime_type`, `size_bytes` and `duration_s` are those of a stored video or sound file, None where unknown and of
    images, which are converted to what a model takes.
    """

    filename: str | None = None
    url: str | None = None
    media_id: int | None = None
    role: Role | None = None
    kind: InputKind = InputKind.IMAGE
    mime_type: str | None = None
    size_bytes: int | None = None
    duration_s: float | None = None

    def __post_init__(self) -> None:
        if (self.filename is None) == (self.url is None):
            raise ValueError("a reference is either a stored file or a link")
