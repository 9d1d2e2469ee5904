"""The error codes and messages of failed tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kaimedia.sandbox.task import Failing, TaskSnapshot


@dataclass(frozen=True, slots=True)
class Failure:
    """The wire's code (None: no code), its message, and `successFlag` if the family has one."""

    code: int | None
    message: str
    flag: int = 2


_COMMON: Mapping[Failing, Failure] = {
    Failing.POLICY: Failure(400, "Your prompt was flagged as violating content policies."),
    Failing.GENERATION: Failure(500, "Generation failed, please try again later."),
    Failing.INTERNAL: Failure(None, "Internal Error", flag=3),
    Failing.FLAG3: Failure(500, "internal error, please try again later.", flag=3),
    Failing.CODE_501: Failure(501, "Generation failed.", flag=3),
    Failing.CODE_408: Failure(408, "No result was produced upstream within 10 minutes.", flag=3),
    Failing.REFERENCE: Failure(451, "Failed to fetch the image. Check that the link can be reached and is an image."),
    Failing.MASK: Failure(400, "The mask must have the same size and format as the image."),
    Failing.DRAWING: Failure(500, "internal error, please try again later.", flag=3),
}


def failure(snapshot: TaskSnapshot, overrides: Mapping[Failing, Failure] | None = None) -> Failure:
    """The failure of a failed task, with the family's own message if it has one."""
    failing = snapshot.failing or Failing.GENERATION
    return (overrides or {}).get(failing) or _COMMON[failing]
