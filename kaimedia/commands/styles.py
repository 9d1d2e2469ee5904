"""`python -m kaimedia styles`: what `generate --style` takes; saving, renaming and deleting your own."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from kaimedia.commands.confirmation import confirm
from kaimedia.commands.door import opened
from kaimedia.commands.exits import Exit
from kaimedia.commands.output import answer_json, one_line, say
from kaimedia.studio import Preset, Studio


def styles(chosen: Namespace) -> Exit:
    """List them, your own first, or change one of your own."""
    with opened(works=False) as house:
        if chosen.save is not None:
            return _save(house.studio, chosen)
        if chosen.rename is not None:
            return _rename(house.studio, chosen)
        if chosen.delete is not None:
            return _delete(house.studio, chosen)
        known = house.studio.presets()
    problems = [{"file": each.file, "line": each.line, "detail": each.words} for each in known.problems]
    if chosen.json:
        answer_json({"items": [style_document(each) for each in known.items], "problems": problems})
        return Exit.DONE
    for style in known.items:
        print(_row(style))
    for problem in problems:
        say(f"{problem['file']}, line {problem['line']}: {problem['detail']}. It is left out.")
    return Exit.DONE


def style_document(style: Preset) -> dict[str, Any]:
    """A style for scripts, as `GET /api/styles` tells it."""
    settings = style.settings
    return {
        "id": style.id,
        "name": style.name,
        "type": None if style.kind == "both" else style.kind,
        "prompt": style.prompt,
        "is_own": not style.is_ours,
        "model": settings.model,
        "aspect_ratio": settings.aspect_ratio,
        "duration": settings.duration_s,
        "n_variants": settings.variants,
        "params": dict(settings.params),
    }


def _save(studio: Studio, chosen: Namespace) -> Exit:
    name, text = chosen.save
    has_one = studio.has_own_style(name)
    if has_one:
        confirm(f"There is a style “{name}” of yours already. Replace it?", chosen)
    style_id = studio.save_style(name, text, replace=has_one)
    return _answer(studio.style(style_id), "saved", chosen)


def _rename(studio: Studio, chosen: Namespace) -> Exit:
    named, name = chosen.rename
    style = studio.style(named)
    studio.rename_style(style.id, name)
    return _answer(studio.style(style.id), "renamed", chosen)


def _delete(studio: Studio, chosen: Namespace) -> Exit:
    style = studio.style(chosen.delete)
    studio.delete_style(style.id)
    return _answer(style, "deleted", chosen)


def _answer(style: Preset, what: str, chosen: Namespace) -> Exit:
    if chosen.json:
        answer_json(style_document(style))
    else:
        print(f"{_row(style)}  {what}")
    return Exit.DONE


def _row(style: Preset) -> str:
    kind = "images, videos" if style.kind == "both" else f"{style.kind}s"
    return f"{style.id:24}  {one_line(style.name, 40):24}  {kind:14}  {one_line(style.prompt, 70)}"
