"""Rules over several fields of a request, as data, with the message for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum
from typing import Any

from kaimedia.domain import GenerationRequest, InputKind, Role
from kaimedia.errors import InvalidRequest


class RuleKind(StrEnum):
    """What a rule asks for when its conditions hold."""

    FORBID = "forbid"  # the conditions must not all hold
    REQUIRE = "require"  # `then` must hold too
    EXCLUSIVE = "exclusive"  # only one of `groups` may be given
    AT_LEAST_ONE = "at_least_one"  # of `names`
    EXACTLY_ONE = "exactly_one"  # of `names`
    ALLOWED = "allowed"  # `field` must have one of `values`
    RANGE = "range"  # `field` must lie between `minimum` and `maximum`
    COUNT = "count"  # the items of `weights`, each times its weight, must number `minimum` to `maximum`
    SUM = "sum"  # the durations in the objects of `field` must add up to the length
    NOT_SENT = "not_sent"  # `field` is left out of the request; never a problem


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. See `request_facts` for the keys of conditions; a tuple there means any of its values.

    `message` replaces the text made from the labels.
    """

    kind: RuleKind
    when: Mapping[str, Any] = dataclass_field(default_factory=dict)
    field: str = ""
    then: Mapping[str, Any] = dataclass_field(default_factory=dict)
    names: tuple[str, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    values: tuple[Any, ...] = ()
    weights: Mapping[str, int] = dataclass_field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    message: str = ""


def request_facts(request: GenerationRequest) -> dict[str, Any]:
    """The values that rules and prices are keyed by.

    `prompt`, `duration_s`, `aspect_ratio`, `variants` and each param by its name; `has_NAME` for the prompt, a param
    or a role that is given; `count_ROLE`; `has_video_input` for a video in any role, `has_input` for any input.
    """
    facts: dict[str, Any] = {
        **request.params,
        "duration_s": request.duration_s,
        "aspect_ratio": request.aspect_ratio,
        "variants": request.variants,
        "has_prompt": bool(request.prompt),
        "has_input": bool(request.references),
        "has_video_input": any(reference.kind is InputKind.VIDEO for reference in request.references),
    }
    facts |= {f"has_{name}": value not in (None, "", []) for name, value in request.params.items()}
    for role in Role:
        count = sum(reference.role is role for reference in request.references)
        facts |= {f"has_{role}": count > 0, f"count_{role}": count}
    return facts


def holds(conditions: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """True when all conditions hold; a param that was not given does not have any value, so `has_NAME` is false."""
    return all(
        _is(facts.get(key, False if key.startswith("has_") else None), value) for key, value in conditions.items()
    )


def _is(fact: Any, wanted: Any) -> bool:
    return fact in wanted if isinstance(wanted, tuple) else fact == wanted


@dataclass(frozen=True, slots=True)
class Labels:
    """What people read in messages: the model's label, and those of its params and roles by name."""

    model: str
    fields: Mapping[str, str]

    def of(self, name: str) -> str:
        """The label of a field or an input."""
        return self.fields.get(name) or _LABELS.get(name, name)


_LABELS = {
    "prompt": "Prompt",
    "aspect_ratio": "Aspect ratio",
    "duration_s": "Length",
    "variants": "Variants",
    "video_input": "Video",
    "input": "Input",
}


def check_rules(rules: Iterable[Rule], labels: Labels, request: GenerationRequest) -> None:
    """Check a request whose single fields are valid.

    Raises:
        InvalidRequest: the first rule that is broken; `field` is the field, or the role, to change.
    """
    facts = request_facts(request)
    for rule in rules:
        if holds(rule.when, facts) and (found := _problem(labels, rule, facts)):
            problem_field, text = found
            raise InvalidRequest(rule.message or text, field=problem_field)


def is_sent(rules: Iterable[Rule], name: str, facts: Mapping[str, Any]) -> bool:
    """False when a rule says that the field is left out of this request."""
    return not any(rule.kind is RuleKind.NOT_SENT and rule.field == name and holds(rule.when, facts) for rule in rules)


def _problem(labels: Labels, rule: Rule, facts: Mapping[str, Any]) -> tuple[str, str] | None:
    """The field and the text of a broken rule whose conditions hold, or None."""
    match rule.kind:
        case RuleKind.FORBID:
            first, *others = [_told(labels, key, facts.get(key)) for key in rule.when]
            beside = f" together with {_list(others, 'and')}" if others else ""
            return rule.field or _own(next(iter(rule.when))), f"{labels.model} does not take {first}{beside}."
        case RuleKind.REQUIRE if not holds(rule.then, facts):
            wanted = _list([_told(labels, key, value) for key, value in rule.then.items()], "and")
            given = _list([_told(labels, key, facts.get(key)) for key in rule.when], "and")
            return rule.field or _own(next(iter(rule.then))), f"With {given}, {labels.model} needs {wanted}."
        case RuleKind.EXCLUSIVE:
            return _exclusive(labels, rule, facts)
        case RuleKind.AT_LEAST_ONE | RuleKind.EXACTLY_ONE:
            return _one_of(labels, rule, facts)
        case RuleKind.ALLOWED if facts.get(rule.field) is not None and facts[rule.field] not in rule.values:
            must = _list([_value(value) for value in rule.values], "or")
            return rule.field, f"{_with(labels, rule, facts)}“{labels.of(rule.field)}” must be {must}."
        case RuleKind.RANGE:
            return _range(labels, rule, facts)
        case RuleKind.COUNT:
            return _count(labels, rule, facts)
        case RuleKind.SUM:
            return _sum(labels, rule, facts)
    return None


def _exclusive(labels: Labels, rule: Rule, facts: Mapping[str, Any]) -> tuple[str, str] | None:
    given = [[name for name in group if facts.get(f"has_{name}")] for group in rule.groups]
    used = [names for names in given if names]
    if len(used) < 2:
        return None
    either = _list([_list([f"“{labels.of(name)}”" for name in names], "and") for names in used], "or")
    return used[-1][0], f"{labels.model} takes either {either}, not both. Remove one."


def _one_of(labels: Labels, rule: Rule, facts: Mapping[str, Any]) -> tuple[str, str] | None:
    given = [name for name in rule.names if facts.get(f"has_{name}")]
    choices = _list([f"“{labels.of(name)}”" for name in rule.names], "or")
    if not given:
        return rule.names[0], f"{labels.model} needs {choices}. Add one first."
    if rule.kind is RuleKind.EXACTLY_ONE and len(given) > 1:
        return given[-1], f"{labels.model} takes only one of {choices}. Remove the others."
    return None


def _range(labels: Labels, rule: Rule, facts: Mapping[str, Any]) -> tuple[str, str] | None:
    value = facts.get(rule.field)
    if value is None or (rule.minimum or 0) <= value <= (value if rule.maximum is None else rule.maximum):
        return None
    span = (
        f"from {rule.minimum or 0:g} to {rule.maximum:g}" if rule.maximum is not None else f"at least {rule.minimum:g}"
    )
    return rule.field, f"{_with(labels, rule, facts)}“{labels.of(rule.field)}” must be {span}, not {value:g}."


def _count(labels: Labels, rule: Rule, facts: Mapping[str, Any]) -> tuple[str, str] | None:
    total: int = sum(weight * _number_of(facts, name) for name, weight in rule.weights.items())
    names = _list([f"“{labels.of(name)}”" for name in rule.weights], "and")
    first = next(iter(rule.weights))
    if rule.maximum is not None and total > rule.maximum:
        counted = [f"each “{labels.of(name)}” counts as {n}" for name, n in rule.weights.items() if n > 1]
        note = f" ({', '.join(counted)})" if counted else ""
        return (
            first,
            f"{_with(labels, rule, facts)}{labels.model} takes up to {rule.maximum:g} for {names}{note}, not {total}.",
        )
    if rule.minimum is not None and total < rule.minimum:
        return first, f"{_with(labels, rule, facts)}{labels.model} needs at least {rule.minimum:g} for {names}."
    return None


def _number_of(facts: Mapping[str, Any], name: str) -> int:
    value = facts.get(name)
    return len(value) if isinstance(value, Sequence) else int(facts.get(f"count_{name}", 0))


def _sum(labels: Labels, rule: Rule, facts: Mapping[str, Any]) -> tuple[str, str] | None:
    items = facts.get(rule.field) or ()
    lengths = [
        length for item in items if isinstance(item, Mapping) and isinstance(length := item.get("duration"), int)
    ]
    if not items or len(lengths) < len(items) or sum(lengths) == facts["duration_s"]:
        return None
    text = (
        f"The lengths in “{labels.of(rule.field)}” add up to {sum(lengths)} s; the video has {facts['duration_s']} s."
    )
    return rule.field, text


def _with(labels: Labels, rule: Rule, facts: Mapping[str, Any]) -> str:
    given = _list([_told(labels, key, facts.get(key)) for key in rule.when], "and")
    return f"With {given}, " if given else ""


def _told(labels: Labels, key: str, value: Any) -> str:
    """A condition as people read it: “Resolution” 4K, no “Mask”, 2 for “Reference images”."""
    label = f"“{labels.of(_own(key))}”"
    if key.startswith("count_"):
        return f"{value} for {label}"
    if isinstance(value, bool):
        if key.startswith("has_"):
            return label if value else f"no {label}"
        return f"{label} on" if value else f"{label} off"
    return f"no {label}" if value is None else f"{label} {_value(value)}"


def _own(key: str) -> str:
    return key.removeprefix("has_").removeprefix("count_")


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return _list([_value(each) for each in value], "or")
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def _list(texts: Sequence[str], word: str) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {word} {texts[-1]}" if texts else ""
