"""From what was typed to a request."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from kaimedia.domain import GenerationRequest, Modality, Reference, Settings
from kaimedia.errors import InvalidRequest
from kaimedia.kie.catalog import MODELS
from kaimedia.kie.catalog import get as model_of
from kaimedia.kie.spec import ModelSpec, Param
from kaimedia.studio import Preset, Studio, with_style

_SWITCH = {"true": True, "on": True, "yes": True, "1": True, "false": False, "off": False, "no": False, "0": False}
_LONGEST_STDIN = 1_000_000
_LINK = re.compile(r"https?://", re.IGNORECASE)
_GALLERY = re.compile(r"media:([0-9]{1,18})")
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, with the prompt and the picture it names already read, each once: they may be pipes."""

    chosen: Namespace
    prompt: str
    picture: bytes | None

    @classmethod
    def read(cls, chosen: Namespace) -> Self:
        """Read stdin and the file of the reference image where they are named; links and the gallery are left.

        Raises:
            InvalidRequest: one of them cannot be read.
        """
        return cls(chosen, _prompt(chosen.prompt), _picture(chosen.reference))

    def fingerprint(self) -> str:
        """SHA-256 of what was typed, a file by its bytes.

        Options left out do not count: neither changed defaults nor options added later make it another request.
        """
        named = ("model", "aspect_ratio", "variants", "duration", "enhance", "reference", "params", "style")
        asked = {name: value for name in named if (value := getattr(self.chosen, name))}
        asked["prompt"] = self.prompt
        if self.chosen.variants is None and self.chosen.style is None:
            asked["variants"] = 1  # counted before a style could set it: keys given then stay good
        if self.picture is not None:
            asked["reference"] = hashlib.sha256(self.picture).hexdigest()
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    def request(self, studio: Studio) -> GenerationRequest:
        """The request; what was not given comes from the saved defaults where the model offers it.

        Raises:
            InvalidRequest: naming the field.
            MediaError: the reference image is not usable.
            NotFound: no such picture in the gallery, or no such style.
        """
        chosen, settings = self.chosen, studio.settings()
        style = studio.style(chosen.style) if chosen.style is not None else None
        spec = model_of(chosen.model or _usual_model(style, settings))
        is_video = spec.modality is Modality.VIDEO
        request = GenerationRequest(
            model=spec.id,
            prompt=self.prompt,
            aspect_ratio=chosen.aspect_ratio or _usual_ratio(spec, settings),
            variants=1 if chosen.variants is None else chosen.variants,
            duration_s=_usual_duration(spec, settings) if is_video and chosen.duration is None else chosen.duration,
            enhance=chosen.enhance,
            reference=self._reference(spec, studio) if chosen.reference else None,
            params=params_from(spec, chosen.params),
        )
        return with_style(request, style, spec, self._chosen_fields(request)) if style else request

    def _chosen_fields(self, request: GenerationRequest) -> set[str]:
        """What was typed and is not a style's to set, under the names of a request."""
        options = {"aspect_ratio": "aspect_ratio", "variants": "variants", "duration_s": "duration"}
        return {name for name, option in options.items() if getattr(self.chosen, option) is not None} | set(
            request.params
        )

    def _reference(self, spec: ModelSpec, studio: Studio) -> Reference:
        if self.picture is not None:
            return studio.add_reference(spec.id, self.picture)
        if number := _GALLERY.fullmatch(self.chosen.reference):
            return studio.reference_from_media(spec.id, int(number[1]))
        return studio.fetch_reference(spec.id, self.chosen.reference)


def once_key(given: str | None) -> str | None:
    """The key of `--once` as the store keeps it, apart from the API's.

    Raises:
        InvalidRequest: it is empty, too long, or holds spaces or letters beyond ASCII.
    """
    if given is None:
        return None
    if not _KEY.fullmatch(given):
        raise InvalidRequest("A key is 1 to 200 ASCII letters, digits and signs without spaces.", field="once")
    return f"command line:{given}"


def params_from(spec: ModelSpec, pairs: Sequence[str]) -> dict[str, Any]:
    """`NAME=VALUE` pairs as the model's own fields; values are read as the field's kind asks.

    Raises:
        InvalidRequest: a pair has no `=`, or a value is not of its kind. Unknown names are left to the studio.
    """
    params: dict[str, Any] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise InvalidRequest(f"“{pair[:80]}” is not NAME=VALUE.", field="set")
        param = spec.param(name)
        params[name] = value if param is None else _value(param, value)
    return params


def _value(param: Param, text: str) -> Any:
    if param.kind == "choice":
        return next((choice for choice in param.choices if str(choice) == text), text)
    if param.kind == "flag":
        return _SWITCH.get(text.lower(), text)
    if param.kind == "number":
        try:
            return float(text)
        except ValueError:
            return text
    return text


def _prompt(given: str) -> str:
    if given != "-":
        return given
    # As bytes: what Python would do with those that are no text depends on the terminal's language.
    stream = getattr(sys.stdin, "buffer", None)
    try:
        if stream is None:
            return sys.stdin.read(_LONGEST_STDIN)
        data: bytes = stream.read(_LONGEST_STDIN)
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRequest("What came through stdin is not UTF-8 text.", field="prompt") from error


def _usual_model(style: Preset | None, settings: Settings) -> str:
    """The model where none was typed: the style's own, else the default for the kind it is for."""
    if style is not None and style.settings.model:
        return style.settings.model
    is_for_videos = style is not None and style.kind == Modality.VIDEO.value
    return settings.default_video_model if is_for_videos else settings.default_image_model


def _usual_ratio(spec: ModelSpec, settings: Settings) -> str:
    is_video = spec.modality is Modality.VIDEO
    usual = settings.default_video_aspect_ratio if is_video else settings.default_image_aspect_ratio
    return usual if usual in spec.aspect_ratios else spec.aspect_ratios[0]


def _usual_duration(spec: ModelSpec, settings: Settings) -> int | None:
    usual = settings.default_video_duration
    return usual if usual in spec.durations_s else None


def _picture(given: str | None) -> bytes | None:
    """The bytes of a reference image that is a file; no more of them than it takes to be refused as too large."""
    if not given or _LINK.match(given) or _GALLERY.fullmatch(given):
        return None
    try:
        with Path(given).open("rb") as file:
            return file.read(max(spec.max_reference_bytes for spec in MODELS) + 1)
    except OSError as error:
        raise InvalidRequest(f"The reference image cannot be read: {error.strerror}.", field="reference") from error
