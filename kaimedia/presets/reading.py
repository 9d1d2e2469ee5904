"""Reads style files. A broken one is skipped and reported with file name and line; it never raises."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kaimedia.domain import Modality
from kaimedia.presets.example_images import ImageProblem, address_of, image_of
from kaimedia.presets.preset import SLOT, Preset

BUILTIN_FOLDER = Path(__file__).resolve().parent / "styles"
MAX_FILES = 200
MAX_BYTES = 20_000
_MESSAGES = {
    "extra_forbidden": "is not a known name in a style",
    "missing": "is missing",
    "string_pattern_mismatch": "does not have the right format",
}
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)$")


@dataclass(frozen=True, slots=True)
class PresetProblem:
    """Why a file is skipped: its name, the line (from 1) and what is wrong there."""

    file: str
    line: int
    detail: str


@dataclass(frozen=True, slots=True)
class Presets:
    """All usable styles, the user's own first, and what is wrong with the others."""

    items: tuple[Preset, ...] = ()
    problems: tuple[PresetProblem, ...] = ()


def read(user_folder: Path, models: Mapping[str, Modality], builtin_folder: Path = BUILTIN_FOLDER) -> Presets:
    """Read the built-in styles and those in `user_folder`, which need not exist; one of the same name wins there.

    `models` are the model ids of the catalog and what they generate.
    """
    found: dict[str, Preset] = {}
    problems: list[PresetProblem] = []
    for folder in (builtin_folder, user_folder):
        for path in files(folder):
            style = _read_one(path, models, is_builtin=folder == builtin_folder)
            if isinstance(style, Preset):
                found[style.id] = _with_image(style, path, problems)
            else:
                problems.append(style)
    items = sorted(found.values(), key=lambda each: (each.is_builtin, each.name.casefold()))
    return Presets(tuple(items), tuple(problems))


def _with_image(preset: Preset, path: Path, problems: list[PresetProblem]) -> Preset:
    """The style with its example image; an unusable image is added to `problems`, and the style stays without it."""
    image = image_of(path)
    if image is None:
        return preset
    try:
        return preset.model_copy(update={"image": address_of(image)})
    except ImageProblem as error:
        problems.append(PresetProblem(image.name, 1, str(error)))
        return preset


def files(folder: Path) -> list[Path]:
    """The style files of a folder, sorted; none when it cannot be read."""
    try:
        return sorted(path for path in folder.glob("*.toml") if path.is_file())[:MAX_FILES]
    except OSError:
        return []


def _read_one(path: Path, models: Mapping[str, Modality], *, is_builtin: bool) -> Preset | PresetProblem:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            return PresetProblem(path.name, 1, f"is larger than {MAX_BYTES:,} bytes")
        text = raw.decode("utf-8")
    except OSError:
        return PresetProblem(path.name, 1, "cannot be read")
    except UnicodeDecodeError as error:
        return PresetProblem(path.name, raw[: error.start].count(b"\n") + 1, "is not UTF-8 text")
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return _not_toml(path.name, text, str(error))
    except RecursionError:
        return PresetProblem(path.name, 1, "is nested too deeply")
    return _checked(path, text, values, models, is_builtin=is_builtin)


def _not_toml(name: str, text: str, message: str) -> PresetProblem:
    match = _AT_LINE.search(message)
    line = int(match[1]) if match else len(text.splitlines()) or 1
    reason = _AT_LINE.sub("", message).replace("(at end of document)", "").strip()
    return PresetProblem(name, line, f"is not TOML: {reason[:1].lower()}{reason[1:]}")


def _checked(
    path: Path, text: str, values: dict[str, Any], models: Mapping[str, Modality], *, is_builtin: bool
) -> Preset | PresetProblem:
    problem = _ill_formed(values)
    if problem:
        return PresetProblem(path.name, _line_of(text, (problem[0], "suffix")), problem[1])
    text_key = "suffix" if "suffix" in values else "prompt"
    if text_key == "suffix":
        values["prompt"] = f"{SLOT}. {values.pop('suffix')}"
    try:
        preset = Preset.model_validate({**values, "id": path.stem, "is_builtin": is_builtin})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = [text_key if part == "prompt" else part for part in first["loc"] if isinstance(part, str)]
        reason = _MESSAGES.get(first["type"]) or str(first["msg"]).removeprefix("Value error, ").rstrip(".")
        name = ".".join(place)
        return PresetProblem(path.name, _line_of(text, reversed(place)), f"{name}: {reason}" if name else reason)
    return _known(preset, path.name, text, models)


def _ill_formed(values: Mapping[str, Any]) -> tuple[str, str] | None:
    """The invalid key and what is wrong with it, for rules that the schema of `Preset` cannot express."""
    for name in ("id", "is_builtin", "image"):
        if name in values:
            return name, f"{name}: is not a known name in a style"
    if ("prompt" in values) == ("suffix" in values):
        return "prompt", "must have either prompt or suffix"
    if "suffix" in values and not (isinstance(values["suffix"], str) and values["suffix"].strip()):
        return "suffix", "suffix: must be text"
    return None


def _known(preset: Preset, name: str, text: str, models: Mapping[str, Modality]) -> Preset | PresetProblem:
    model = preset.settings.model
    if model is None or (model in models and preset.kind == models[model].value):
        return preset
    line = _line_of(text, ("model",))
    if model not in models:
        return PresetProblem(name, line, f"the model {model} is not in the catalog")
    return PresetProblem(name, line, f'a style with model {model} needs kind = "{models[model].value}"')


def _line_of(text: str, keys: Iterable[str]) -> int:
    """The line number, from 1, of the first of these keys found in the text."""
    lines = text.splitlines()
    for key in keys:
        pattern = re.compile(rf"^\s*\[?(?:[\w-]+\.)*{re.escape(key)}\s*[\]=]")
        for number, line in enumerate(lines, start=1):
            if pattern.match(line):
                return number
    return 1
