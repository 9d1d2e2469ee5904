"""A model as its provider's own list has it, for models that the product knows nothing else about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from kaimedia.domain.work import Modality


@dataclass(frozen=True, slots=True)
class ListedModel:
    """One entry of the list. `id` is the provider's.

    `modality` is None where it makes neither images nor videos. `capabilities` are values of
    `kaimedia.models.spec.Capability`; `price_text` is the price in the provider's own words, "" where it has none.
    """

    id: str
    title: str = ""
    maker: str = ""
    modality: Modality | None = None
    capabilities: tuple[str, ...] = ()
    price_text: str = ""


class SchemaProblem(StrEnum):
    """Why there is no schema for the input of a model, or why the one there is cannot be relied on."""

    NOT_FETCHED = "not_fetched"  # yet, or the last try failed
    NOT_PUBLISHED = "not_published"
    OTHER_ENDPOINT = "other_endpoint"  # of a kind that the product cannot call
    UNREADABLE = "unreadable"
    NOT_MEDIA = "not_media"  # it is no longer listed as making images or videos


@dataclass(frozen=True, slots=True)
class InputSchema:
    """The JSON Schema of what a model takes, without references; else the reason there is none.

    With both, the schema is the last one that could be read.
    """

    schema: Mapping[str, Any] | None
    problem: SchemaProblem | None = None


@dataclass(frozen=True, slots=True)
class SavedListing:
    """What was found out about one id in the list of a provider.

    `missing_since` is when it was first not in the list any more, None while it is there.
    """

    provider: str
    model: ListedModel
    first_seen_at: datetime
    missing_since: datetime | None = None
    input: InputSchema = InputSchema(None, SchemaProblem.NOT_FETCHED)


@dataclass(frozen=True, slots=True)
class ListCheck:
    """The comparisons with one provider's list.

    `checked_at` is the last successful one; `failure` is why the last one failed, at `failed_at`, "" if it did not.
    `started_at` is set while one runs. `revision` changes with everything that is saved.
    """

    started_at: datetime | None = None
    checked_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""
    revision: int = 0
