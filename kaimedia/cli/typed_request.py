"""Turn command line arguments into a request."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from kaimedia.cli.typed_input import TypedInput
from kaimedia.domain import GenerationRequest, Modality, Settings
from kaimedia.errors import InvalidRequest
from kaimedia.models.param_text import from_text
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import Preset, Studio, with_style

_MAX_STDIN = 1_000_000
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class TypedRequest:
    """The arguments, with the prompt and input files already read; each is read once because it may be a pipe."""

    args: Namespace
    prompt: str
    inputs: tuple[TypedInput, ...]

    @classmethod
    def read(cls, args: Namespace) -> Self:
        """Read stdin and the input files if given; links and gallery items are resolved later.

        Raises:
            InvalidRequest: one of them cannot be read.
        """
        return cls(args, _prompt(args.prompt), tuple(TypedInput.read(text) for text in args.reference or ()))

    def fingerprint(self) -> str:
        """SHA-256 of the arguments; a file counts by its bytes.

        Omitted options do not count, so changed defaults and new options do not change the fingerprint.
        """
        named = ("model", "aspect_ratio", "variants", "duration", "enhance", "reference", "params", "style")
        arguments = {name: value for name in named if (value := getattr(self.args, name))}
        arguments["prompt"] = self.prompt
        if self.args.variants is None and self.args.style is None:
            arguments["variants"] = 1  # as before styles could set it, so that older keys stay valid
        if self.inputs:
            named_inputs = [each.fingerprint() for each in self.inputs]
            # One alone as before there could be several, so that older keys stay valid.
            arguments["reference"] = named_inputs[0] if len(named_inputs) == 1 else named_inputs
        return hashlib.sha256(json.dumps(arguments, sort_keys=True).encode()).hexdigest()

    def request(self, studio: Studio) -> GenerationRequest:
        """The request; omitted values come from the saved defaults if the model supports them.

        Raises:
            InvalidRequest: a field is invalid.
            MediaError: an input is not usable.
            NotFound: there is no such item in the gallery, or no such style.
        """
        args, settings = self.args, studio.settings.get()
        style = studio.styles.get(args.style) if args.style is not None else None
        spec = studio.catalog.get(args.model or _default_model(style, settings))
        is_video = spec.modality is Modality.VIDEO
        request = GenerationRequest(
            model=spec.id,
            prompt=self.prompt,
            aspect_ratio=args.aspect_ratio or _default_ratio(spec, settings),
            variants=1 if args.variants is None else args.variants,
            duration_s=_default_duration(spec, settings) if is_video and args.duration is None else args.duration,
            enhance=args.enhance,
            references=tuple(each.reference(spec, studio) for each in self.inputs),
            params=params_from(spec, args.params),
        )
        return with_style(request, style, spec, self._typed_fields(request)) if style else request

    def _typed_fields(self, request: GenerationRequest) -> set[str]:
        """The request fields that were typed, which a style must not change."""
        options = {"aspect_ratio": "aspect_ratio", "variants": "variants", "duration_s": "duration"}
        return {name for name, option in options.items() if getattr(self.args, option) is not None} | set(
            request.params
        )


def once_key(key: str | None) -> str | None:
    """The key of `--once` as stored; the prefix keeps it separate from the API's keys.

    Raises:
        InvalidRequest: it is empty, too long, or has spaces or characters outside ASCII.
    """
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidRequest("The key must be 1–200 ASCII characters without spaces.", field="once")
    return f"command line:{key}"


def params_from(spec: ModelSpec, pairs: Sequence[str]) -> dict[str, Any]:
    """Parse `NAME=VALUE` pairs as parameters of the model, converting each value to the parameter's kind.

    Raises:
        InvalidRequest: a pair has no `=`. Unknown names and invalid values are left to the studio's validation.
    """
    params: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise InvalidRequest(f"“{pair[:80]}” is not NAME=VALUE.", field="set")
        param = spec.param(name)
        params[name] = value if param is None else from_text(param, value)
    return params


def _prompt(text: str) -> str:
    if text != "-":
        return text
    # As bytes: how Python would decode invalid ones depends on the terminal's locale.
    stream = getattr(sys.stdin, "buffer", None)
    try:
        if stream is None:
            return sys.stdin.read(_MAX_STDIN)
        data: bytes = stream.read(_MAX_STDIN)
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRequest("The text on stdin is not UTF-8.", field="prompt") from error


def _default_model(style: Preset | None, settings: Settings) -> str:
    """The default model: the style's, else the one in Settings for the style's type."""
    if style is not None and style.settings.model:
        return style.settings.model
    is_for_videos = style is not None and style.kind == Modality.VIDEO.value
    return settings.default_video_model if is_for_videos else settings.default_image_model


def _default_ratio(spec: ModelSpec, settings: Settings) -> str:
    is_video = spec.modality is Modality.VIDEO
    default = settings.default_video_aspect_ratio if is_video else settings.default_image_aspect_ratio
    return default if default in spec.aspect_ratios else ""


def _default_duration(spec: ModelSpec, settings: Settings) -> int | None:
    default = settings.default_video_duration
    return default if default in spec.durations_s else None
