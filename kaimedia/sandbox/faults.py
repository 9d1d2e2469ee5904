"""Fault switches: how they are written, and which of them strike now."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from kaimedia.errors import ConfigError
from kaimedia.sandbox.faultlist import BY_NAME, FAULTS, Fault, Scope, Unit

_SPEC = re.compile(r"(?P<name>[a-z0-9_]+)(?:=(?P<amount>\d+(?:\.\d+)?|always))?(?::(?P<chance>\d*\.?\d+))?")
_IN_PROMPT = re.compile(r"\[fault:([^\[\]]*)\]")
_PLACE = {fault.name: place for place, fault in enumerate(FAULTS)}


@dataclass(frozen=True, slots=True)
class Switch:
    """One fault switched on: `amount` None means every time, `chance` None means certain."""

    fault: Fault
    amount: float | None
    chance: float | None = None

    @property
    def spec(self) -> str:
        """The switch as it is written."""
        amount = "always" if self.amount is None else f"{self.amount:g}"
        return f"{self.fault.name}={amount}" + ("" if self.chance is None else f":{self.chance:g}")


def parse(spec: str) -> Switch:
    """Read `name[=amount|=always][:probability]`.

    A fault that counts times and is given a probability but no amount may strike any time, not only at first.

    Raises:
        ConfigError: for an unknown name or a probability above 1.
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
    """Read several switches, sorted as the list of faults is."""
    return tuple(sorted((parse(spec) for spec in specs), key=lambda switch: _PLACE[switch.fault.name]))


def in_prompt(prompt: str) -> tuple[Switch, ...]:
    """The switches written as `[fault:name]` in a prompt; unknown names there are only words."""
    found = []
    for group in _IN_PROMPT.findall(prompt):
        for spec in group.split(","):
            match = _SPEC.fullmatch(spec.strip())
            if match and match["name"] in BY_NAME and float(match["chance"] or 0) <= 1:
                found.append(parse(spec))
    return tuple(found)


class FaultBoard:
    """The switches set for everybody, changeable at run time, and the dice."""

    def __init__(self, seed: int, specs: Iterable[str] = ()) -> None:
        self._seed = seed
        self.switches = parse_all(specs)

    def replace(self, specs: Iterable[str]) -> None:
        """Set these switches instead of all others.

        Raises:
            ConfigError: for an unknown one; nothing is changed then.
        """
        self.switches = parse_all(specs)

    def chosen(self, scopes: Iterable[Scope], key: str, own: Iterable[Switch] = ()) -> dict[str, Switch]:
        """The switches of these scopes that are on for one task: decided once, by `key`."""
        wanted = frozenset(scopes)
        return {s.fault.name: s for s in self._with(own) if s.fault.scope in wanted and self._falls(s, key)}

    def striking(
        self, scope: Scope, key: str, *, nth: int, age_s: float = 0.0, own: Iterable[Switch] = ()
    ) -> dict[str, Switch]:
        """The switches of one scope that strike the `nth` time (from 0) at this age, most important first.

        A probability is rolled once for each task where the fault has a bound of its own, else each time anew.
        """
        found: dict[str, Switch] = {}
        for switch in self._with(own):
            rolls_each = switch.amount is None or switch.fault.unit is Unit.VALUE
            roll_key = f"{key}#{nth}" if rolls_each else key
            if switch.fault.scope is scope and _is_due(switch, nth, age_s) and self._falls(switch, roll_key):
                found[switch.fault.name] = switch
        return found

    def _with(self, own: Iterable[Switch]) -> list[Switch]:
        mine = tuple(own)
        if not mine:
            return list(self.switches)
        names = {switch.fault.name for switch in mine}
        both = [*mine, *(switch for switch in self.switches if switch.fault.name not in names)]
        return sorted(both, key=lambda switch: _PLACE[switch.fault.name])

    def _falls(self, switch: Switch, key: str) -> bool:
        if switch.chance is None:
            return True
        digest = hashlib.blake2b(f"{self._seed}|{switch.fault.name}|{key}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64 < switch.chance


def _is_due(switch: Switch, nth: int, age_s: float) -> bool:
    if switch.fault.unit is Unit.VALUE or switch.amount is None:
        return True
    return (age_s if switch.fault.unit is Unit.AGE_S else nth) < switch.amount
