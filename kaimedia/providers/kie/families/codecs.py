"""The families by name: how each builds a create, queries a task and parses a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kaimedia.domain import GenerationRequest
from kaimedia.errors import RequestRejected
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import Report
from kaimedia.providers.kie.families import gpt4o, market, runway, veo, veo_upgrade
from kaimedia.providers.kie.parsing.envelope import Envelope, accepted_id
from kaimedia.providers.kie.wire import BuildFunction, Call


def _task_id(envelope: Envelope, spec: ModelSpec, request: GenerationRequest) -> str:
    return accepted_id(envelope, label=spec.label)


@dataclass(frozen=True, slots=True)
class FamilyCodec:
    """One wire shape as pure functions.

    `accept` returns the id under which an accepted task is queried, and raises as `accepted_id` does.
    """

    build: BuildFunction
    query: Callable[[str], Call]
    parse: Callable[[Envelope, ModelSpec], Report]
    accept: Callable[[Envelope, ModelSpec, GenerationRequest], str] = _task_id


FAMILIES: Mapping[str, FamilyCodec] = {
    "gpt4o": FamilyCodec(gpt4o.build, gpt4o.query, gpt4o.parse),
    "veo": FamilyCodec(veo.build, veo.query, veo.parse),
    "veo_upgrade": FamilyCodec(veo_upgrade.build, veo_upgrade.query, veo_upgrade.parse, veo_upgrade.accept),
    "runway": FamilyCodec(runway.build, runway.query, runway.parse),
    "market": FamilyCodec(market.build, market.query, market.parse),
}


def codec_of(spec: ModelSpec) -> FamilyCodec:
    """The wire format a model uses.

    Raises:
        RequestRejected: there is none of that name; nothing was sent.
    """
    codec = FAMILIES.get(spec.family)
    if codec is None:
        raise RequestRejected(f"{spec.label} has an unknown wire format, “{spec.family}”. Nothing was sent.")
    return codec
