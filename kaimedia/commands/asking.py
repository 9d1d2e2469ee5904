"""From what was typed to a request."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kaimedia.domain import GenerationRequest, Modality, Reference, Settings
from kaimedia.errors import InvalidRequest
from kaimedia.kie.catalog import get as model_of
from kaimedia.kie.spec import ModelSpec, Param
from kaimedia.studio import Studio

_SWITCH = {"true": True, "on": True, "yes": True, "1": True, "false": False, "off": False, "no": False, "0": False}
_LONGEST_STDIN = 1_000_000
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


def request_from(chosen: Namespace, studio: Studio) -> GenerationRequest:
    """The request; what was not given comes from the saved defaults where the model offers it.

    Raises:
        InvalidRequest: naming the field.
        MediaError: the reference image is not usable.
    """
    settings = studio.settings()
    spec = model_of(chosen.model or settings.default_image_model)
    is_video = spec.modality is Modality.VIDEO
    return GenerationRequest(
        model=spec.id,
        prompt=_prompt(chosen.prompt),
        aspect_ratio=chosen.aspect_ratio or _usual_ratio(spec, settings),
        variants=chosen.variants,
        duration_s=_usual_duration(spec, settings) if is_video and chosen.duration is None else chosen.duration,
        enhance=chosen.enhance,
        reference=_reference(chosen.reference, spec, studio) if chosen.reference else None,
        params=params_from(spec, chosen.params),
    )


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


def fingerprint(chosen: Namespace, request: GenerationRequest) -> str:
    """SHA-256 of what was asked for: what was typed, so that changed defaults do not make it another request."""
    reference = request.reference
    asked = {
        "prompt": request.prompt,
        "model": chosen.model,
        "aspect_ratio": chosen.aspect_ratio,
        "variants": chosen.variants,
        "duration": chosen.duration,
        "enhance": chosen.enhance,
        "reference": reference and (reference.filename or reference.url),
        "params": request.params,
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


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
    try:
        return sys.stdin.read(_LONGEST_STDIN)
    except UnicodeDecodeError as error:
        raise InvalidRequest("What came through stdin is not UTF-8 text.", field="prompt") from error


def _usual_ratio(spec: ModelSpec, settings: Settings) -> str:
    is_video = spec.modality is Modality.VIDEO
    usual = settings.default_video_aspect_ratio if is_video else settings.default_image_aspect_ratio
    return usual if usual in spec.aspect_ratios else spec.aspect_ratios[0]


def _usual_duration(spec: ModelSpec, settings: Settings) -> int | None:
    usual = settings.default_video_duration
    return usual if usual in spec.durations_s else None


def _reference(given: str, spec: ModelSpec, studio: Studio) -> Reference:
    if re.match(r"https?://", given, re.IGNORECASE):
        return studio.fetch_reference(spec.id, given)
    kind, _, number = given.partition(":")
    if kind == "media" and number.isdecimal() and len(number) <= 18:
        return studio.reference_from_media(spec.id, int(number))
    try:
        with Path(given).open("rb") as file:
            data = file.read(spec.max_reference_bytes + 1)  # one more: enough to be refused as too large
    except OSError as error:
        raise InvalidRequest(f"The reference image cannot be read: {error.strerror}.", field="reference") from error
    return studio.add_reference(spec.id, data)
