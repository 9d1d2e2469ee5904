"""What is said about a model that the catalog and its provider's own list do not agree about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from kaimedia.domain import SchemaProblem
from kaimedia.models.model_catalog import Listing, ListingState

_NO_SCHEMA: Mapping[SchemaProblem, str] = {
    SchemaProblem.NOT_FETCHED: "its schema could not be read yet",
    SchemaProblem.NOT_PUBLISHED: "{provider} has not published its schema",
    SchemaProblem.OTHER_ENDPOINT: "it has an endpoint of its own, which this app does not know",
    SchemaProblem.NOT_MEDIA: "{provider} no longer lists it as making images or videos",
    SchemaProblem.UNREADABLE: "its schema could not be understood",
}
_MOST_NAMES = 6


def day_text(day: datetime) -> str:
    """ "Nov 30, 2026"."""
    return f"{day:%b} {day.day}, {day.year}"


def mark_text(listing: Listing, provider: str) -> str:
    """The short mark of a model, "" for none. `provider` is its label."""
    if listing.state is ListingState.NEW:
        return "Not yet known here"
    if listing.state is ListingState.KNOWN or listing.since is None:
        return ""
    return f"No longer in {provider}’s list since {day_text(listing.since)}"


def detail_text(listing: Listing, provider: str) -> str:
    """What to know before sending to a model, in whole sentences; "" for nothing."""
    texts = []
    if listing.state is ListingState.NOT_LISTED:
        texts.append(f"{mark_text(listing, provider)}: {named(listing.missing_ids)}. Requests may be refused.")
    if listing.is_added:
        texts.append(
            f"Not yet known here: this form is made from {provider}’s schema. The price is unknown. "
            "Whatever it returns is saved."
        )
    if hidden := listing.hidden_fields:
        fields = "1 field is" if len(hidden) == 1 else f"{len(hidden)} fields are"
        texts.append(f"{fields} not shown: {named(hidden)}.")
    return " ".join(texts)


def refusal_text(listing: Listing, label: str, provider: str) -> str:
    """Why nothing can be sent to a model, "" if it can. `label` is the model's."""
    if listing.schema_problem is not None:
        return f"{label} cannot be used yet: {_NO_SCHEMA[listing.schema_problem].format(provider=provider)}."
    if listing.blocking_fields:
        return f"{label} cannot be used yet: it needs {named(listing.blocking_fields)}, which is not understood here."
    return ""


def named(names: Sequence[str]) -> str:
    """ "a, b and 4 more"."""
    shown, more = names[:_MOST_NAMES], len(names) - _MOST_NAMES
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
