"""`python -m kaimedia restore`: list the copies of the database, go on with one of them, or start empty."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kaimedia.bootstrap import House, open_database
from kaimedia.commands.door import load_config, opened
from kaimedia.commands.exits import Exit
from kaimedia.commands.output import answer_json, moment
from kaimedia.config import Config
from kaimedia.domain import Phase
from kaimedia.errors import ConfigError, InvalidRequest, NotFound
from kaimedia.studio import CopyFile

_STEPS = """
Next steps
  1. `python -m kaimedia held` lists what was not sent. `held --send` sends it (each is a paid task), `held --dismiss`
     does not.
  2. Look at kie.ai's logs for tasks of after the copy; a result can be fetched there for about two weeks.
  3. `python -m kaimedia doctor --deep` compares the gallery with the files in the media folder."""


def restore(chosen: Namespace) -> Exit:
    """List, or replace; the file that was there is put aside, never deleted."""
    if chosen.copy and chosen.empty:
        raise InvalidRequest("Name a copy or use --empty, not both.", field="empty")
    config = load_config(is_quiet=True)
    database = open_database(config)
    if database.file is None:
        raise ConfigError(
            "A PostgreSQL database is restored by its own tools.",
            setting="KAIMEDIA_DATABASE_URL",
            next_step="Use pg_restore, then start the app: what the restored database has not sent is held.",
        )
    copies = database.list_copies()
    if not chosen.copy and not chosen.empty:
        return _list(copies, as_json=chosen.json)
    aside = database.replace_with(None if chosen.empty else _find(chosen.copy, copies))
    with opened(works=False, is_quiet=True) as house:
        _report(house, config, chosen, aside)
    return Exit.DONE


def _find(named: str, copies: list[CopyFile]) -> Path:
    """A copy by its name in the list, `newest` for the newest that is whole, or the path of any file."""
    if named == "newest":
        usable = [copy for copy in copies if copy.is_usable]
        if not usable:
            raise NotFound("There is no copy that can be used.", next_step="Name another file, or use --empty.")
        return usable[0].file
    for copy in copies:
        if copy.name == named:
            return copy.file
    if not Path(named).is_file():
        raise NotFound(f"There is no copy {named}.", next_step="`python -m kaimedia restore` lists the copies.")
    return Path(named).absolute()


def _list(copies: list[CopyFile], *, as_json: bool) -> Exit:
    if as_json:
        answer_json({"copies": [_document(copy) for copy in copies]})
        return Exit.DONE
    for copy in copies:
        what = copy.problem or f"{copy.tasks} tasks ({copy.waiting} waiting), {copy.media} in the gallery"
        print(f"{'✓' if copy.is_usable else '✗'} {copy.name}  {_age(copy.made_at)}  {copy.size_bytes:,} bytes  {what}")
    print("`python -m kaimedia restore NAME` goes on with one of them." if copies else "There are no copies yet.")
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


def _report(house: House, config: Config, chosen: Namespace, aside: Path | None) -> None:
    held = house.studio.holds.look()
    unknown_outcomes = house.studio.queue_depth()[Phase.SENDING]
    strays = house.studio.file_counts()
    found = {
        "restored": None if chosen.empty else chosen.copy,
        "kept": str(aside) if aside else None,
        "held": len(held.tasks),
        "watched": held.watched,
        "outcome_unknown": unknown_outcomes,
        "unknown_sends": held.copy.unknown_sends if held.copy else None,
        "files_not_in_gallery": strays.untracked,
        "files_missing": strays.missing,
    }
    if chosen.json:
        answer_json(found)
        return
    print(f"The database is now {'empty' if chosen.empty else chosen.copy}.")
    if aside:
        print(f"The former file is kept as {aside}.")
    print(f"held      {found['held']} tasks that this copy has not sent; nothing is paid before you say so")
    print(f"watched   {found['watched']} tasks that kie.ai accepted; asking for results is free")
    if unknown_outcomes:
        print(f"unknown   {unknown_outcomes} tasks were being sent when the copy was made; they are not sent again")
    if found["unknown_sends"]:
        print(f"missing   up to {found['unknown_sends']} tasks were sent after the copy was made and are not in it")
    if strays.untracked or strays.missing:
        print(f"files     {strays.untracked} not in the gallery (kept), {strays.missing} of the gallery are missing")
    print(_STEPS)
