"""`python -m kaimedia restore`: list the copies of the database, restore one of them, or start empty."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, moment
from kaimedia.cli.runner import load_config, open_app
from kaimedia.config import Config
from kaimedia.context import AppContext, open_database
from kaimedia.domain import Phase
from kaimedia.errors import ConfigError, InvalidRequest, NotFound
from kaimedia.studio import CopyFile

_STEPS = """
Next steps
  1. `python -m kaimedia held` lists tasks that were not sent. `held --send` sends them (each is a paid task),
     `held --dismiss` dismisses them.
  2. Check the provider's logs for tasks newer than the copy; results can be downloaded there for about two weeks.
  3. `python -m kaimedia doctor --deep` compares the gallery with the files in the media storage."""


def restore(args: Namespace) -> Exit:
    """List the copies, or replace the database. The previous file is renamed, never deleted."""
    if args.copy and args.empty:
        raise InvalidRequest("Name a copy or use --empty, not both.", field="empty")
    config = load_config(is_quiet=True)
    database = open_database(config)
    if database.file is None:
        raise ConfigError(
            "A PostgreSQL database is restored with its own tools.",
            setting="KAIMEDIA_DATABASE_URL",
            next_step="Use pg_restore, then start the app. Tasks the restored database has not sent are put on hold.",
        )
    copies = database.list_copies()
    if not args.copy and not args.empty:
        return _list(copies, as_json=args.json)
    previous = database.replace_with(None if args.empty else _find(args.copy, copies))
    with open_app(runs_tasks=False, is_quiet=True) as context:
        _report(context, config, args, previous)
    return Exit.DONE


def _find(name: str, copies: list[CopyFile]) -> Path:
    """A copy by its name in the list, `newest` for the newest intact one, or the path of any file."""
    if name == "newest":
        usable = [copy for copy in copies if copy.is_usable]
        if not usable:
            raise NotFound("There is no usable copy.", next_step="Give the path of another file, or use --empty.")
        return usable[0].file
    for copy in copies:
        if copy.name == name:
            return copy.file
    if not Path(name).is_file():
        raise NotFound(f"There is no copy named {name}.", next_step="`python -m kaimedia restore` lists the copies.")
    return Path(name).absolute()


def _list(copies: list[CopyFile], *, as_json: bool) -> Exit:
    if as_json:
        answer_json({"copies": [_document(copy) for copy in copies]})
        return Exit.DONE
    for copy in copies:
        what = copy.problem or f"{copy.tasks} tasks ({copy.waiting} waiting), {copy.media} gallery items"
        print(f"{'✓' if copy.is_usable else '✗'} {copy.name}  {_age(copy.made_at)}  {copy.size_bytes:,} bytes  {what}")
    print("`python -m kaimedia restore NAME` restores one of them." if copies else "There are no copies yet.")
    return Exit.DONE


def _document(copy: CopyFile) -> dict[str, Any]:
    return {
        "name": copy.name,
        "path": str(copy.file),
        "made_at": moment(copy.made_at),
        "size_bytes": copy.size_bytes,
        "tasks": copy.tasks,
        "waiting": copy.waiting,
        "media": copy.media,
        "problem": copy.problem,
    }


def _age(made_at: datetime) -> str:
    minutes = int((datetime.now(UTC) - made_at).total_seconds() // 60)
    if minutes < 120:
        return f"{max(0, minutes)} min old"
    return f"{minutes // 60} h old" if minutes < 2880 else f"{minutes // 1440} days old"


def _report(context: AppContext, config: Config, args: Namespace, previous: Path | None) -> None:
    held = context.studio.holds.summary()
    unknown_outcomes = context.studio.tasks.queue_depth()[Phase.SENDING]
    file_counts = context.studio.health.file_counts()
    found = {
        "restored": None if args.empty else args.copy,
        "kept": str(previous) if previous else None,
        "held": len(held.tasks),
        "watched": held.watched,
        "outcome_unknown": unknown_outcomes,
        "unknown_sends": held.copy.unknown_sends if held.copy else None,
        "files_not_in_gallery": file_counts.untracked,
        "files_missing": file_counts.missing,
    }
    if args.json:
        answer_json(found)
        return
    print(f"The database is now {'empty' if args.empty else args.copy}.")
    if previous:
        print(f"The previous file was saved as {previous}.")
    print(f"held      {found['held']} tasks this copy has not sent; nothing is paid until you confirm")
    print(f"polled    {found['watched']} tasks the provider has accepted; checking for results is free")
    if unknown_outcomes:
        print(f"unknown   {unknown_outcomes} tasks were being sent when the copy was made; they are not sent again")
    if found["unknown_sends"]:
        print(f"missing   up to {found['unknown_sends']} tasks were sent after the copy was made and are not in it")
    if file_counts.untracked or file_counts.missing:
        print(f"files     {file_counts.untracked} not in the gallery, {file_counts.missing} missing")
    print(_STEPS)
