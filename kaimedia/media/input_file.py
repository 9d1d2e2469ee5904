"""What a file given as an input of a model is: its type by its bytes, its size and length, whether it can be read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kaimedia.domain import InputKind
from kaimedia.errors import UnsupportedMedia
from kaimedia.media import kinds, truncation
from kaimedia.media.child import run_probe
from kaimedia.media.kinds import Kind
from kaimedia.media.probe import described, measure_image
from kaimedia.media.signatures import HEAD_BYTES, kind_of
from kaimedia.media.signatures import kind_of_bytes as kind_of_head
from kaimedia.media.video import PROBE_WALL_S, plausible_s, probe_video

SOUND_PROBE_SCRIPT = Path(__file__).with_name("sound_probe.py")
# What these containers are without a video track: phones record speech in the same containers as videos.
SOUND_ONLY = {kinds.MP4: kinds.M4A, kinds.MOV: kinds.M4A, kinds.THREE_GP: kinds.M4A, kinds.WMV: kinds.WMA}


@dataclass(frozen=True, slots=True)
class InputFile:
    """Facts of one file; sizes are None for sound, the length is None for images and where a video states none."""

    kind: Kind
    input_kind: InputKind
    width_px: int | None = None
    height_px: int | None = None
    duration_s: float | None = None
    has_sound: bool = False


def kind_of_input(path: Path) -> Kind:
    """The type of a file by its bytes, before it is opened.

    Raises:
        UnsupportedMedia: neither image, video nor sound; the message says what it looks like instead.
    """
    with path.open("rb") as file:
        kind = kind_of(file)
        if kind is not None and kind.input_kind is not None:
            return kind
        file.seek(0)
        head = file.read(HEAD_BYTES)
    raise UnsupportedMedia(f"The file is {described(head)}, not an image, video or sound.")


def kind_of_bytes(data: bytes) -> InputKind | None:
    """What a file is by its first bytes, None for what no model takes."""
    kind = kind_of_head(data[:HEAD_BYTES])
    return kind.input_kind if kind else None


def read_input(path: Path, poster: Path) -> InputFile:
    """Open a file as far as is needed to know that it can be read; of a video, write a WebP to `poster`.

    Raises:
        UnsupportedMedia: another type, damaged, or not readable.
        TooLarge: an image with too many pixels.
    """
    kind = kind_of_input(path)
    if kind.input_kind is InputKind.IMAGE:
        size = measure_image(path)
        return InputFile(kind, InputKind.IMAGE, size.width_px, size.height_px)
    if truncation.is_truncated(path, kind):
        raise UnsupportedMedia("The file is damaged or incomplete.")
    if kind.input_kind is InputKind.VIDEO:
        facts = probe_video(path, poster, demuxer=kind.demuxer)
        if facts is not None:
            size_and_length = (facts.width_px, facts.height_px, facts.duration_s)
            return InputFile(kind, InputKind.VIDEO, *size_and_length, has_sound=facts.has_sound)
        if kind not in SOUND_ONLY:
            raise UnsupportedMedia("This video cannot be read.")
    sound = SOUND_ONLY.get(kind, kind)
    found = run_probe(SOUND_PROBE_SCRIPT, str(path.absolute()), sound.demuxer or "", wall_s=PROBE_WALL_S)
    if found is None or not isinstance(found.get("duration_s"), int | float):
        what = "video" if sound is not kind else "sound file"
        raise UnsupportedMedia(f"This {what} cannot be read.")
    return InputFile(sound, InputKind.AUDIO, duration_s=plausible_s(found["duration_s"]), has_sound=True)
