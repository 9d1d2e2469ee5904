"""The parts of a Dockerfile that ours uses."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

KNOWN = frozenset(["ENV", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"])


@dataclass(frozen=True)
class Instruction:
    """One instruction: `COPY`, its options by name, and the rest."""

    name: str
    options: Mapping[str, str]
    text: str

    def words(self) -> list[str]:
        """The rest as words: a JSON list, or split as a shell does."""
        return json.loads(self.text) if self.text.startswith("[") else shlex.split(self.text)

    def variables(self) -> dict[str, str]:
        """The variables of an `ENV`."""
        return dict(word.split("=", 1) for word in self.words())


@dataclass(frozen=True)
class Stage:
    """What follows one `FROM`; `name` is empty without `AS`."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def all_of(self, name: str) -> list[Instruction]:
        """Its instructions of that name, in order."""
        return [each for each in self.instructions if each.name == name]


def stages(text: str) -> list[Stage]:
    """The stages of a Dockerfile; the last one is the image.

    Raises:
        ValueError: it has an instruction that is not known here.
    """
    found: list[Stage] = []
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, rest = line.strip().split(maxsplit=1)
        options = {}
        while option := re.match(r"--([a-z-]+)=(\S+)\s+", rest):
            options[option[1]] = option[2]
            rest = rest[option.end() :]
        if name == "FROM":
            base, _, stage = rest.partition(" AS ")
            found.append(Stage(base.strip(), stage.strip()))
        elif name in KNOWN:
            found[-1].instructions.append(Instruction(name, options, rest))
        else:
            raise ValueError(f"{name} is not known")
    return found


def reaches_docker(name: str, ignored: str) -> bool:
    """Whether the text of a .dockerignore lets a file through; the last matching line decides, as in Docker."""
    sent = True
    parts = Path(name).parts
    heads = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    for line in ignored.splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        fits = any(fnmatch(head, pattern) for head in heads) or ("**/" in line and pattern in parts)
        if line and not line.startswith("#") and fits:
            sent = line.startswith("!")
    return sent
