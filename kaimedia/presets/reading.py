"""Reads style files. A broken one is left out and told by file name and line; nothing here raises for it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kaimedia.domain import Modality
from kaimedia.presets.pictures import PictureProblem, address_of, picture_of
from kaimedia.presets.preset import SLOT, Preset

OURS = Path(__file__).resolve().parent / "styles"
MOST_FILES = 200
MOST_BYTES = 20_000
_WORDS = {
    "extra_forbidden": "is not a name a style knows",
    "missing": "is missing",
    "string_pattern_mismatch": "does not have the form it needs",
}
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)$")


@dataclass(frozen=True, slots=True)
class PresetProblem:
    """Why a file is left out: its name, the line (from 1) and what is wrong there."""

    file: str
    line: int
    words: str


@dataclass(frozen=True, slots=True)
class Presets:
    """All styles that can be used, the user's own first, and what was wrong with the rest."""

    items: tuple[Preset, ...] = ()
    problems: tuple[PresetProblem, ...] = ()


def read(own: Path, models: Mapping[str, Modality], ours: Path = OURS) -> Presets:
    """Read our styles and those in the folder `own`, which need not exist; a file of the same name replaces ours.

    `models` are the ids of the catalogue and what they make.
    """
    found: dict[str, Preset] = {}
    problems: list[PresetProblem] = []
    for folder in (ours, own):
        for path in files(folder):
            one = _one(path, models, is_ours=folder == ours)
            if isinstance(one, Preset):
                found[one.id] = _pictured(one, path, problems)
            else:
                problems.append(one)
    items = sorted(found.values(), key=lambda each: (each.is_ours, each.name.casefold()))
    return Presets(tuple(items), tuple(problems))


def _pictured(preset: Preset, path: Path, problems: list[PresetProblem]) -> Preset:
    """The style with its example picture; a picture that cannot be used is added to `problems`, and the style stays."""
    picture = picture_of(path)
    if picture is None:
        return preset
    try:
        return preset.model_copy(update={"picture": address_of(picture)})
    except PictureProblem as error:
        problems.append(PresetProblem(picture.name, 1, str(error)))
        return preset


def files(folder: Path) -> list[Path]:
    """The style files of a folder in order; none when it cannot be read."""
    try:
        return sorted(path for path in folder.glob("*.toml") if path.is_file())[:MOST_FILES]
    except OSError:
        return []


def _one(path: Path, models: Mapping[str, Modality], *, is_ours: bool) -> Preset | PresetProblem:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            return PresetProblem(path.name, 1, f"is longer than {MOST_BYTES:,} bytes")
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
        return PresetProblem(path.name, 1, "is nested too deep")
    return _checked(path, text, values, models, is_ours=is_ours)


def _not_toml(name: str, text: str, message: str) -> PresetProblem:
    told = _AT_LINE.search(message)
    line = int(told[1]) if told else len(text.splitlines()) or 1
    words = _AT_LINE.sub("", message).replace("(at end of document)", "").strip()
    return PresetProblem(name, line, f"is not TOML: {words[:1].lower()}{words[1:]}")


def _checked(
    path: Path, text: str, values: dict[str, Any], models: Mapping[str, Modality], *, is_ours: bool
) -> Preset | PresetProblem:
    problem = _ill_formed(values)
    if problem:
        return PresetProblem(path.name, _line_of(text, (problem[0], "suffix")), problem[1])
    written = "suffix" if "suffix" in values else "prompt"
    if written == "suffix":
        values["prompt"] = f"{SLOT}. {values.pop('suffix')}"
    try:
        preset = Preset.model_validate({**values, "id": path.stem, "is_ours": is_ours})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = [written if part == "prompt" else part for part in first["loc"] if isinstance(part, str)]
        words = _WORDS.get(first["type"]) or str(first["msg"]).removeprefix("Value error, ").rstrip(".")
        name = ".".join(place)
        return PresetProblem(path.name, _line_of(text, reversed(place)), f"{name}: {words}" if name else words)
    return _known(preset, path.name, text, models)


def _ill_formed(values: Mapping[str, Any]) -> tuple[str, str] | None:
    """The key at fault and what is wrong with it, for what the shape of a `Preset` cannot say."""
    for name in ("id", "is_ours", "picture"):
        if name in values:
            return name, f"{name}: is not a name a style knows"
    if ("prompt" in values) == ("suffix" in values):
        return "prompt", "needs either prompt or suffix"
    if "suffix" in values and not (isinstance(values["suffix"], str) and values["suffix"].strip()):
        return "suffix", "suffix: has to be text"
    return None


def _known(preset: Preset, name: str, text: str, models: Mapping[str, Modality]) -> Preset | PresetProblem:
    model = preset.settings.model
    if model is None or (model in models and preset.kind == models[model].value):
        return preset
    line = _line_of(text, ("model",))
    if model not in models:
        return PresetProblem(name, line, f"the model {model} is not in the catalogue")
    return PresetProblem(name, line, f'a style that names {model} needs kind = "{models[model].value}"')


def _line_of(text: str, keys: Iterable[str]) -> int:
    """The line of the first of these keys that is in the text, from 1."""
    lines = text.splitlines()
    for key in keys:
        pattern = re.compile(rf"^\s*\[?(?:[\w-]+\.)*{re.escape(key)}\s*[\]=]")
        for number, line in enumerate(lines, start=1):
            if pattern.match(line):
                return number
    return 1
