"""What was found in the providers' own lists of models, and when they were compared."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Column, Integer, PrimaryKeyConstraint, Row, Table, Text, select, update
from sqlalchemy.exc import DataError
from sqlmodel import Session

from kaimedia.domain import InputSchema, ListCheck, ListedModel, Modality, SavedListing, SchemaProblem
from kaimedia.errors import UnexpectedResponse
from kaimedia.store.columns import UtcDateTime, json_value
from kaimedia.store.database.database import Database
from kaimedia.store.statements import insert_into
from kaimedia.store.tables import METADATA

LISTED_MODELS = Table(
    "listed_models",
    METADATA,
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),  # the provider's id
    Column("title", Text, nullable=False),
    Column("maker", Text, nullable=False),
    Column("modality", Text),
    Column("capabilities", json_value(), nullable=False),
    Column("price_text", Text, nullable=False),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("missing_since", UtcDateTime),
    Column("input_schema", json_value()),
    Column("schema_problem", Text),
    PrimaryKeyConstraint("provider", "model", name="pk_listed_models"),
)
LIST_CHECKS = Table(
    "model_list_checks",
    METADATA,
    Column("provider", Text, nullable=False),
    Column("started_at", UtcDateTime),
    Column("checked_at", UtcDateTime),
    Column("failed_at", UtcDateTime),
    Column("failure", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    PrimaryKeyConstraint("provider", name="pk_model_list_checks"),
)
_Member = TypeVar("_Member", bound=StrEnum)
_FACTS = ("title", "maker", "modality", "capabilities", "price_text")


class ModelLists:
    """The lists of all providers. Every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def checks(self) -> dict[str, ListCheck]:
        """The comparisons so far, by provider."""
        names = ("started_at", "checked_at", "failed_at", "failure", "revision")
        with self._database.read() as session:
            rows = session.execute(select(LIST_CHECKS)).all()
        return {row.provider: ListCheck(**{name: getattr(row, name) for name in names}) for row in rows}

    def listings(self) -> tuple[SavedListing, ...]:
        """Every id that was in a list, or that was expected there and is missing; by provider and id."""
        ordered = select(LISTED_MODELS).order_by(LISTED_MODELS.c.provider, LISTED_MODELS.c.model)
        with self._database.read() as session:
            return tuple(_listing(row) for row in session.execute(ordered))

    def begin(self, provider: str, *, now: datetime, stale_before: datetime) -> bool:
        """Claim the comparison for this process; False while another one runs that began or went on after then."""
        free = LIST_CHECKS.c.started_at.is_(None) | (LIST_CHECKS.c.started_at < stale_before)
        free = free | (LIST_CHECKS.c.started_at > now)  # by a clock that was ahead
        with self._database.write() as session:
            first = insert_into(session, LIST_CHECKS).values(provider=provider, failure="", revision=0)
            session.execute(first.on_conflict_do_nothing())
            claim = update(LIST_CHECKS).where(LIST_CHECKS.c.provider == provider, free).values(started_at=now)
            return bool(session.execute(claim.returning(LIST_CHECKS.c.provider)).all())

    def save_list(
        self, provider: str, models: Iterable[ListedModel], *, expected: Iterable[str], now: datetime
    ) -> None:
        """Record a complete list. Ids that are not in it, of those `expected` or seen before, are missing from now.

        A model once listed as making images or videos keeps its modality, so that its tasks can still be polled.
        """
        facts = {model.id: _facts(model) for model in models}
        with self._database.write() as session:
            columns = (LISTED_MODELS.c.model, LISTED_MODELS.c.modality, LISTED_MODELS.c.schema_problem)
            known = {row.model: row for row in session.execute(select(*columns).where(_of(provider)))}
            absent = set(expected) - facts.keys() - known.keys()
            for model_id, values in facts.items():
                now_known = {**values, "missing_since": None, **_kept(values, known.get(model_id))}
                row = {"provider": provider, "model": model_id, "first_seen_at": now, **values}
                row["schema_problem"] = SchemaProblem.NOT_FETCHED.value
                changed = insert_into(session, LISTED_MODELS).values(row)
                keys = [LISTED_MODELS.c.provider, LISTED_MODELS.c.model]
                session.execute(changed.on_conflict_do_update(index_elements=keys, set_=now_known))
            gone = _of(provider) & LISTED_MODELS.c.missing_since.is_(None) & LISTED_MODELS.c.model.not_in(facts)
            session.execute(update(LISTED_MODELS).where(gone).values(missing_since=now))
            for model_id in sorted(absent):
                row = {"provider": provider, "model": model_id, "first_seen_at": now, "missing_since": now}
                session.execute(insert_into(session, LISTED_MODELS).values(**row, **_facts(ListedModel(model_id))))
            _change(session, provider, started_at=now, checked_at=now, failed_at=None, failure="")

    def save_schema(self, provider: str, model_id: str, found: InputSchema, *, now: datetime) -> None:
        """Record what a model takes; the comparison goes on. Where there is only a problem, the last schema stays.

        Raises:
            UnexpectedResponse: the schema has values that the database cannot store.
        """
        values: dict[str, Any] = {"schema_problem": found.problem and found.problem.value}
        if found.schema is not None:
            values["input_schema"] = dict(found.schema)
        row = _of(provider) & (LISTED_MODELS.c.model == model_id)
        try:
            with self._database.write() as session:
                session.execute(update(LISTED_MODELS).where(row).values(**values))
                _change(session, provider, started_at=now)
        except DataError as error:
            raise UnexpectedResponse("It has values that the database cannot store.") from error

    def finish(self, provider: str, *, failure: str, now: datetime) -> None:
        """Release the claim; `failure` is why the comparison failed or is not complete, "" if it is."""
        failed = {"failed_at": now, "failure": failure} if failure else {}
        with self._database.write() as session:
            _change(session, provider, started_at=None, **failed)


def _of(provider: str) -> Any:
    return LISTED_MODELS.c.provider == provider


def _change(session: Session, provider: str, **values: Any) -> None:
    counted = {"revision": LIST_CHECKS.c.revision + 1, **values}
    session.execute(update(LIST_CHECKS).where(LIST_CHECKS.c.provider == provider).values(**counted))


def _facts(model: ListedModel) -> dict[str, Any]:
    values = {name: getattr(model, name) for name in _FACTS}
    return {**values, "capabilities": list(model.capabilities), "modality": model.modality and model.modality.value}


def _kept(values: dict[str, Any], before: Row[Any] | None) -> dict[str, Any]:
    """What a list changes about a model beside its facts: it no longer says what the model makes, or says so again."""
    if before is None or before.modality is None:
        return {}
    if values["modality"] is None:
        return {"modality": before.modality, "schema_problem": SchemaProblem.NOT_MEDIA.value}
    is_back = before.schema_problem == SchemaProblem.NOT_MEDIA.value
    return {"schema_problem": SchemaProblem.NOT_FETCHED.value} if is_back else {}


def _listing(row: Row[Any]) -> SavedListing:
    model = ListedModel(
        id=row.model,
        title=row.title,
        maker=row.maker,
        modality=_member(Modality, row.modality, None),
        capabilities=tuple(row.capabilities),
        price_text=row.price_text,
    )
    problem = _member(SchemaProblem, row.schema_problem, SchemaProblem.UNREADABLE)
    found = InputSchema(row.input_schema, problem)
    return SavedListing(row.provider, model, row.first_seen_at, row.missing_since, found)


def _member(members: type[_Member], value: str | None, unknown: _Member | None) -> _Member | None:
    """None for no value; `unknown` for one that only a later version has."""
    try:
        return members(value) if value else None
    except ValueError:
        return unknown
