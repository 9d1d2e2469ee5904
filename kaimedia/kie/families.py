"""The families by name: how each builds a create, queries a task and parses a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kaimedia.kie import gpt4o, market, runway, veo
from kaimedia.kie.envelope import Envelope
from kaimedia.kie.spec import BuildFunction, Call, Family, ModelSpec, Report


@dataclass(frozen=True, slots=True)
class FamilyCodec:
    """One wire shape as three pure functions."""

    build: BuildFunction
    query: Callable[[str], Call]
    parse: Callable[[Envelope, ModelSpec], Report]


FAMILIES: Mapping[Family, FamilyCodec] = {
    Family.GPT4O: FamilyCodec(gpt4o.build, gpt4o.query, gpt4o.parse),
    Family.VEO: FamilyCodec(veo.build, veo.query, veo.parse),
    Family.RUNWAY: FamilyCodec(runway.build, runway.query, runway.parse),
    Family.MARKET: FamilyCodec(market.build, market.query, market.parse),
}


def codec_of(spec: ModelSpec) -> FamilyCodec:
    """The wire shape a model uses."""
    return FAMILIES[spec.family]
