"""`python -m kaimedia models --check`: compare with the provider's own list now, and print the differences."""

from __future__ import annotations

from argparse import Namespace

from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, moment, say
from kaimedia.cli.runner import open_app
from kaimedia.errors import ProviderUnavailable
from kaimedia.providers.registry import label_of, starting_label_of
from kaimedia.studio import ModelListState


def check(args: Namespace) -> Exit:
    """Compare now; free. Waits a second for each new model.

    Raises:
        ProviderUnavailable: the list could not be read, or not all of it.
    """
    with open_app(runs_tasks=False) as context:
        has_compared = context.studio.model_lists.compare()
        found = context.studio.model_lists.state()
    if not has_compared:
        say("Another process is comparing the lists at the moment.")
        return Exit.NOT_YET
    if found.check.failure:
        raise ProviderUnavailable(found.check.failure, next_step="Try again in a minute. Comparing is free.")
    if args.json:
        answer_json(document(found))
        return Exit.DONE
    print(f"{starting_label_of(found.provider)} lists {found.known} models that are known here")
    for word, ids in (("new", found.new), ("missing", found.missing)):
        for model_id in ids:
            print(f"{word:8} {model_id}")
    if not found.new and not found.missing:
        say(f"No differences between this app and {label_of(found.provider)}.")
    return Exit.DONE


def document(found: ModelListState) -> dict[str, object]:
    """The comparison as JSON; all ids are the provider's."""
    return {
        "provider": found.provider,
        "checked_at": moment(found.check.checked_at),
        "known": found.known,
        "new": list(found.new),
        "missing": list(found.missing),
    }
