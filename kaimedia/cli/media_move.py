"""`python -m kaimedia media move`: move all files to another storage, verified, without stopping the app."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaimedia import config as configuration
from kaimedia.cli.confirmation import confirm
from kaimedia.cli.exits import Exit
from kaimedia.cli.media_move_output import Progress, document, print_plan, print_result, say_interrupted
from kaimedia.cli.output import answer_json, counted
from kaimedia.cli.runner import open_app
from kaimedia.config import Config
from kaimedia.context import AppContext, file_sets, move_journal, open_media_at, place_identity
from kaimedia.errors import ConfigError, InvalidRequest
from kaimedia.media.move import Move
from kaimedia.media.storage import Storage

_HELP = "See `python -m kaimedia media move --help`. Nothing was changed."


@dataclass(frozen=True, slots=True)
class Place:
    """The address of a storage and the settings it is opened with."""

    url: str
    options: dict[str, str]

    @property
    def identity(self) -> tuple[str, str | None]:
        """Names the journal. Two addresses of one place can differ in it: `Move.is_one_place` finds that out."""
        return place_identity(self.url, self.options)


def move(args: Namespace) -> Exit:
    """Copy what is missing at the target and verify it; print what to do next.

    Raises:
        InvalidRequest: the places do not fit together.
        NotFound: the source has none of the gallery's files.
        StorageFull: they do not fit.
        StorageUnavailable: a storage does not respond.
    """
    with open_app(runs_tasks=False, is_quiet=args.quiet) as context:
        source, target = _places(args, context.config)
        progress = Progress(is_quiet=args.quiet or args.json)
        moving = _opened(args, context, source, target, progress)
        moving.plan()
        _check_others(args, moving, target)
        if args.dry_run:
            _answer(args, context.config, moving, source, target)
            return Exit.DONE
        _open(target, context.config, "target").check_writable()
        if moving.is_one_place(is_deleting=args.delete_source):
            raise _same_place(args, source, target)
        if args.delete_source:
            files = sum(counts.files for counts in moving.counts.values())
            confirm(
                f"Once all are verified at {target.url}, {counted(files, 'file')} at {source.url} are deleted.", args
            )
        try:
            progress.begin(moving)
            moving.run()
            if args.delete_source and moving.is_complete:
                moving.delete_source()
                _delete_uploads(_open(source, context.config, "from"))
        except KeyboardInterrupt:
            say_interrupted(progress)
            return Exit.INTERRUPTED
        finally:
            progress.end()
    _answer(args, context.config, moving, source, target)
    return Exit.DONE if moving.is_complete else Exit.FAILED


def _places(args: Namespace, config: Config) -> tuple[Place, Place]:
    """Where the files are, and where they are to be; one of both is the storage in use."""
    in_use = Place(config.media_url, config.storage_options())
    others = configuration.read_storage_options(Path(args.settings)) if args.settings else {}
    other_options = {**in_use.options, **others}
    if args.source is None:
        if args.target is None:
            raise InvalidRequest("Name the folder or bucket to move to.", field="target", next_step=_HELP)
        if args.delete_source:
            raise InvalidRequest(
                f"The app still uses {in_use.url}, so nothing there can be deleted.",
                field="delete_source",
                next_step="Move without --delete-source, change KAIMEDIA_MEDIA_URL, restart the app, then run "
                "`python -m kaimedia media move --from OLD --delete-source`. Nothing was changed.",
            )
        source, target = in_use, Place(_url(args.target, "target"), other_options)
    else:
        source, target = Place(_url(args.source, "from"), other_options), in_use
        if args.target is not None and _url(args.target, "target") != in_use.url:
            raise InvalidRequest(
                f"With --from, the target is the storage in use, which is {in_use.url}.",
                field="target",
                next_step="Set KAIMEDIA_MEDIA_URL to the target first, or leave out --from. Nothing was changed.",
            )
    if source.identity == target.identity:
        raise _same_place(args, source, target)
    return source, target


def _same_place(args: Namespace, source: Place, target: Place) -> InvalidRequest:
    same = "" if source.url == target.url else f": {source.url} is the same place"
    field = "target" if args.source is None else "from"
    return InvalidRequest(f"The files are at {target.url} already{same}.", field=field, next_step=_HELP)


def _url(text: str, field: str) -> str:
    try:
        return configuration.media_url_of(text, Path.cwd())
    except ConfigError as error:
        raise _about_field(error, field) from error


def _opened(args: Namespace, context: AppContext, source: Place, target: Place, progress: Progress) -> Move:
    config = context.config
    from_storage = _open(source, config, "from" if args.source else "settings")
    to_storage = _open(target, config, "target")
    return Move(
        file_sets(context, from_storage, to_storage),
        move_journal(config, source.identity, target.identity),
        target_is_used=args.source is not None,
        trusts_journal=not args.deep,
        on_bytes=progress.add_bytes,
        on_file=progress.add_file,
    )


def _open(place: Place, config: Config, field: str) -> Storage:
    try:
        return open_media_at(place.url, config, place.options)
    except ConfigError as error:
        raise _about_field(error, field) from error


def _about_field(error: ConfigError, field: str) -> InvalidRequest:
    """The address comes from the command line, not from the setting."""
    return InvalidRequest(error.message.replace("KAIMEDIA_MEDIA_URL", "The address"), field=field, next_step=_HELP)


def _delete_uploads(source: Storage) -> None:
    """Those that were not used live for a day and are not moved; nothing else would delete them."""
    if source.uploads is not None:
        source.uploads.delete(source.uploads.files())


def _check_others(args: Namespace, move: Move, target: Place) -> None:
    """Refuse a place that is used for something else."""
    others = [name for counts in move.counts.values() for name in counts.others]
    if others and args.source is None and not args.merge:
        raise InvalidRequest(
            f"{target.url} has {counted(len(others), 'other file')}, such as {others[0]}.",
            field="target",
            next_step="Use an empty folder, or a prefix of its own in the bucket. With --merge they are left there, "
            "and images and videos of this app among them can be added to the gallery by `check --repair`. "
            "Nothing was changed.",
        )


def _answer(args: Namespace, config: Config, move: Move, source: Place, target: Place) -> None:
    found: dict[str, Any] = document(move, source.url, target.url, is_dry_run=args.dry_run)
    is_switched = args.source is not None
    found["set"] = None if is_switched else {"KAIMEDIA_MEDIA_URL": target.url}
    if args.json:
        answer_json(found)
    elif args.dry_run:
        print_plan(move, source.url, target.url)
    else:
        print_result(move, source.url, target.url, config, is_switched=is_switched)
