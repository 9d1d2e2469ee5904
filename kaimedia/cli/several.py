"""One command for several ids: each runs separately, and one that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from kaimedia.cli.exits import Exit, of_error
from kaimedia.cli.output import answer_json, error_document, next_step, say
from kaimedia.errors import KaimediaError

Id = TypeVar("Id", str, int)
T = TypeVar("T")


@dataclass(slots=True)
class Outcomes(Generic[Id, T]):
    """The outcome of each id in the order given: in `done` with its result, or in `failed` with its error."""

    done: list[tuple[Id, T]] = field(default_factory=list)
    failed: list[tuple[Id, KaimediaError]] = field(default_factory=list)

    def answer(
        self, name: str, document: Callable[[T], dict[str, Any]], line: Callable[[Id, T], str], *, as_json: bool
    ) -> Exit:
        """Print results and errors; return the exit code of the first error.

        As JSON: the results under `name`, every error with its id under `errors`, and the first of them as `error`.
        """
        if as_json:
            errors = [{"id": id, **error_document(error)} for id, error in self.failed]
            first = {"error": error_document(self.failed[0][1])} if self.failed else {}
            answer_json({name: [document(result) for _, result in self.done], "errors": errors, **first})
        else:
            for id, result in self.done:
                print(line(id, result), flush=True)
        for id, error in self.failed:
            say(f"{id}  {error.message}\n  → {next_step(error)}")
        return of_error(self.failed[0][1]) if self.failed else Exit.DONE


def run_each(ids: Iterable[Id], act: Callable[[Id], T]) -> Outcomes[Id, T]:
    """Call `act` for every id."""
    outcomes: Outcomes[Id, T] = Outcomes()
    for id in ids:
        try:
            outcomes.done.append((id, act(id)))
        except KaimediaError as error:
            outcomes.failed.append((id, error))
    return outcomes
