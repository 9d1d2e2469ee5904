"""`python -m kaimedia styles`: list the styles of `generate --style`; save, rename and delete your own."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from kaimedia.cli.confirmation import confirm
from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, one_line, say
from kaimedia.cli.runner import open_app
from kaimedia.studio import Preset, Studio


def styles(args: Namespace) -> Exit:
    """List them, the user's own first, or change one."""
    with open_app(runs_tasks=False) as context:
        if args.save is not None:
            return _save(context.studio, args)
        if args.rename is not None:
            return _rename(context.studio, args)
        if args.delete is not None:
            return _delete(context.studio, args)
        known = context.studio.styles.all()
    problems = [{"file": each.file, "line": each.line, "detail": each.detail} for each in known.problems]
    if args.json:
        answer_json({"items": [style_document(each) for each in known.items], "problems": problems})
        return Exit.DONE
    for style in known.items:
        print(_row(style))
    for problem in problems:
        say(f"{problem['file']}, line {problem['line']}: {problem['detail']}. It was skipped.")
    return Exit.DONE


def style_document(style: Preset) -> dict[str, Any]:
    """A style as JSON, as in `GET /api/styles`."""
    settings = style.settings
    return {
        "id": style.id,
        "name": style.name,
        "type": None if style.kind == "both" else style.kind,
        "prompt": style.prompt,
        "is_own": not style.is_builtin,
        "model": settings.model,
        "aspect_ratio": settings.aspect_ratio,
        "duration": settings.duration_s,
        "n_variants": settings.variants,
        "params": dict(settings.params),
    }


def _save(studio: Studio, args: Namespace) -> Exit:
    name, text = args.save
    exists = studio.styles.has_own(name)
    if exists:
        confirm(f"You already have a style “{name}”. Replace it?", args)
    style_id = studio.styles.save(name, text, replace=exists)
    return _answer(studio.styles.get(style_id), "saved", args)


def _rename(studio: Studio, args: Namespace) -> Exit:
    old_name, name = args.rename
    style = studio.styles.get(old_name)
    studio.styles.rename(style.id, name)
    return _answer(studio.styles.get(style.id), "renamed", args)


def _delete(studio: Studio, args: Namespace) -> Exit:
    style = studio.styles.get(args.delete)
    studio.styles.delete(style.id)
    return _answer(style, "deleted", args)


def _answer(style: Preset, what: str, args: Namespace) -> Exit:
    if args.json:
        answer_json(style_document(style))
    else:
        print(f"{_row(style)}  {what}")
    return Exit.DONE


def _row(style: Preset) -> str:
    kind = "images, videos" if style.kind == "both" else f"{style.kind}s"
    return f"{style.id:24}  {one_line(style.name, 40):24}  {kind:14}  {one_line(style.prompt, 70)}"
