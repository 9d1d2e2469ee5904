"""Fault switches: their syntax, and which of them are active for a request."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from kaimedia.errors import ConfigError
from kaimedia.sandbox.faults.catalog import BY_NAME, FAULTS, Fault, Scope, Unit

_SPEC = re.compile(r"(?P<name>[a-z0-9_]+)(?:=(?P<amount>\d+(?:\.\d+)?|always))?(?::(?P<chance>\d*\.?\d+))?")
_IN_PROMPT = re.compile(r"\[fault:([^\[\]]*)\]")
_ORDER = {fault.name: index for index, fault in enumerate(FAULTS)}


@dataclass(frozen=True, slots=True)
class Switch:
    """One fault that is switched on: `amount` None means every time, `chance` None means always."""

    fault: Fault
    amount: float | None
    chance: float | None = None

    @property
    def spec(self) -> str:
        """The switch in its text form."""
        amount = "always" if self.amount is None else f"{self.amount:g}"
        return f"{self.fault.name}={amount}" + ("" if self.chance is None else f":{self.chance:g}")


def parse(spec: str) -> Switch:
    """Parse `name[=amount|=always][:probability]`.

    A fault that counts times, with a probability but no amount, may occur at any time, not only the first times.

    Raises:
        ConfigError: the name is unknown or the probability is above 1.
    """
    match = _SPEC.fullmatch(spec.strip())
    fault = BY_NAME.get(match["name"]) if match else None
    if match is None or fault is None:
        raise ConfigError(f"Unknown fault switch {spec!r}; docs/sandbox.md lists them.", setting="faults")
    chance = float(match["chance"]) if match["chance"] else None
    if chance is not None and chance > 1:
        raise ConfigError(f"The probability in {spec!r} is above 1.", setting="faults")
    amount = fault.amount
    if match["amount"] == "always" or (chance is not None and fault.unit is Unit.TIMES and not match["amount"]):
        amount = None
    elif match["amount"]:
        amount = float(match["amount"])
    return Switch(fault, amount, chance)


def parse_all(specs: Iterable[str]) -> tuple[Switch, ...]:
    """Parse several switches, sorted in the order of the list of faults."""
    return tuple(sorted((parse(spec) for spec in specs), key=lambda switch: _ORDER[switch.fault.name]))


def in_prompt(prompt: str) -> tuple[Switch, ...]:
    """The switches written as `[fault:name]` in a prompt; unknown names are ordinary text."""
    found = []
    for group in _IN_PROMPT.findall(prompt):
        for spec in group.split(","):
            match = _SPEC.fullmatch(spec.strip())
            if match and match["name"] in BY_NAME and float(match["chance"] or 0) <= 1:
                found.append(parse(spec))
    return tuple(found)


class FaultBoard:
    """The switches that are on for all tasks, changeable at run time, and the random decisions."""

    def __init__(self, seed: int, specs: Iterable[str] = ()) -> None:
        self._seed = seed
        self.switches = parse_all(specs)

    def replace(self, specs: Iterable[str]) -> None:
        """Replace all switches with these.

        Raises:
            ConfigError: one is unknown; nothing is changed then.
        """
        self.switches = parse_all(specs)

    def chosen(self, scopes: Iterable[Scope], key: str, extra: Iterable[Switch] = ()) -> dict[str, Switch]:
        """The switches of these scopes that are on for one task: decided once, by `key`.

        `extra` switches take precedence over those for all tasks.
        """
        selected = frozenset(scopes)
        return {s.fault.name: s for s in self._with(extra) if s.fault.scope in selected and self._occurs(s, key)}

    def active(
        self, scope: Scope, key: str, *, nth: int, age_s: float = 0.0, extra: Iterable[Switch] = ()
    ) -> dict[str, Switch]:
        """The switches of one scope that are active the `nth` time (from 0) at this age, most important first.

        A probability is rolled once per task if the fault has a limit of its own, else every time.
        """
        found: dict[str, Switch] = {}
        for switch in self._with(extra):
            rolls_each = switch.amount is None or switch.fault.unit is Unit.VALUE
            roll_key = f"{key}#{nth}" if rolls_each else key
            if switch.fault.scope is scope and _is_due(switch, nth, age_s) and self._occurs(switch, roll_key):
                found[switch.fault.name] = switch
        return found

    def _with(self, extra: Iterable[Switch]) -> list[Switch]:
        preferred = tuple(extra)
        if not preferred:
            return list(self.switches)
        names = {switch.fault.name for switch in preferred}
        both = [*preferred, *(switch for switch in self.switches if switch.fault.name not in names)]
        return sorted(both, key=lambda switch: _ORDER[switch.fault.name])

    def _occurs(self, switch: Switch, key: str) -> bool:
        if switch.chance is None:
            return True
        digest = hashlib.blake2b(f"{self._seed}|{switch.fault.name}|{key}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64 < switch.chance


def _is_due(switch: Switch, nth: int, age_s: float) -> bool:
    if switch.fault.unit is Unit.VALUE or switch.amount is None:
        return True
    return (age_s if switch.fault.unit is Unit.AGE_S else nth) < switch.amount
