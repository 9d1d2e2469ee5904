"""Which models the users of this installation prefer: favorites, and those used last."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, PrimaryKeyConstraint, Table, Text, delete, select

from kaimedia.domain import Modality
from kaimedia.store import cursors
from kaimedia.store.columns import UtcDateTime
from kaimedia.store.database.database import Database
from kaimedia.store.prepared import PreparedSelect
from kaimedia.store.statements import insert_into
from kaimedia.store.tables import METADATA, TASKS

LOOKED_AT = 300  # tasks; without a limit, a search for a fifth model that was never used would read all of them

FAVORITE_MODELS = Table(
    "favorite_models",
    METADATA,
    Column("model", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("model", name="pk_favorite_models"),
)

_FAVORITES = PreparedSelect(
    select(FAVORITE_MODELS.c.model).order_by(FAVORITE_MODELS.c.created_at.desc(), FAVORITE_MODELS.c.model)
)
_LATEST = PreparedSelect(
    select(TASKS.c.model, TASKS.c.modality).order_by(*cursors.order(TASKS, newest_first=True)).limit(LOOKED_AT)
)


class PreferredModels:
    """Favorites and recently used models, by id. Every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def favorites(self) -> tuple[str, ...]:
        """The favorites, the newest first."""
        with self._database.read_prepared() as reader:
            return tuple(row["model"] for row in _FAVORITES.rows(reader))

    def set_favorite(self, model: str, *, is_favorite: bool, now: datetime) -> None:
        """Mark a model as a favorite, or not."""
        with self._database.write() as session:
            if is_favorite:
                added = insert_into(session, FAVORITE_MODELS).values(model=model, created_at=now)
                session.execute(added.on_conflict_do_nothing())
            else:
                session.execute(delete(FAVORITE_MODELS).where(FAVORITE_MODELS.c.model == model))

    def recent(self, limit: int) -> dict[Modality, tuple[str, ...]]:
        """For each modality, the models of the latest tasks, at most `limit`, the last used first."""
        found: dict[Modality, dict[str, None]] = {modality: {} for modality in Modality}
        with self._database.read_prepared() as reader:
            used = dict.fromkeys((row["modality"], row["model"]) for row in _LATEST.rows(reader))
        for modality, model in used:
            found[Modality(modality)][model] = None
        return {modality: tuple(models)[:limit] for modality, models in found.items()}
