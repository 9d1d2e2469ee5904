"""The market models of the sandbox, each with the checks of its input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kaimedia.sandbox.protocol import prices
from kaimedia.sandbox.protocol.families.fields import Fields
from kaimedia.sandbox.protocol.replies import Refused
from kaimedia.sandbox.task import Size


@dataclass(frozen=True, slots=True)
class Job:
    """A model's validated input."""

    prompt: str
    sizes: tuple[Size, ...]
    duration_s: int
    credits: float
    reference_urls: tuple[str, ...] = ()


_KLING_SIZES: Mapping[str, Size] = {"16:9": (1280, 720), "9:16": (720, 1280), "1:1": (960, 960)}
_SORA_SIZES: Mapping[str, Size] = {"landscape": (1280, 720), "portrait": (720, 1280)}


def _kling_text(model: str, fields: Fields) -> Job:
    prompt = fields.text("prompt", required=True, max_chars=2500)
    duration = fields.choice("duration", ("5", "10"), default="5")
    ratio = fields.choice("aspect_ratio", tuple(_KLING_SIZES), default="16:9")
    fields.text("negative_prompt", max_chars=2500)
    fields.number("cfg_scale", 0, 1)
    return Job(prompt, (_KLING_SIZES[ratio],), int(duration), prices.KLING_25_TURBO[duration])


def _kling_image(model: str, fields: Fields) -> Job:
    prompt = fields.text("prompt", required=True, max_chars=2500)
    image = fields.url("image_url", required=True)
    tail = fields.url("tail_image_url")
    duration = fields.choice("duration", ("5", "10"), default="5")
    if fields.body.get("aspect_ratio") is not None:
        raise Refused(422, "aspect_ratio is not supported by this model: it follows the image")
    fields.text("negative_prompt", max_chars=500)
    fields.number("cfg_scale", 0, 1)
    references = (image, tail) if tail else (image,)
    return Job(prompt, tuple(_KLING_SIZES.values()), int(duration), prices.KLING_25_TURBO[duration], references)


def _sora(model: str, fields: Fields) -> Job:
    prompt = fields.text("prompt", required=True, max_chars=10000)
    needs_image = "image-to-video" in model
    images = fields.urls("image_urls", most=1, required=True) if needs_image else ()
    ratio = fields.choice("aspect_ratio", tuple(_SORA_SIZES), default="landscape")
    seconds = int(fields.choice("n_frames", ("10", "15"), default="10"))
    fields.flags("remove_watermark")
    fields.choice("upload_method", ("s3", "oss"), default="s3")
    rate = prices.SORA_STABLE_PER_10_S if model.endswith("-stable") else prices.SORA_PER_10_S
    return Job(prompt, (_SORA_SIZES[ratio],), seconds, rate * seconds / 10, images)


MODELS: Mapping[str, Callable[[str, Fields], Job]] = {
    "kling/v2-5-turbo-text-to-video-pro": _kling_text,
    "kling/v2-5-turbo-image-to-video-pro": _kling_image,
    "sora-2-text-to-video": _sora,
    "sora-2-text-to-video-stable": _sora,
    "sora-2-image-to-video": _sora,
    "sora-2-image-to-video-stable": _sora,
}
PAUSED_MODELS = frozenset({"sora-2-pro-text-to-video", "sora-2-pro-image-to-video", "sora-2-pro-storyboard"})
