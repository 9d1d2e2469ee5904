"""Which versions may use tables that a newer one has migrated, so that both can run during an update."""

from __future__ import annotations

from sqlalchemy import Column, Connection, PrimaryKeyConstraint, String, Table, func, inspect, select

from kaimedia.store.migrations import revisions
from kaimedia.store.tables import METADATA

# One row: code whose newest migration is older than `oldest` must not run. Only a migration that removes something
# raises it.
COMPATIBILITY = Table(
    "schema_compatibility",
    METADATA,
    Column("oldest", String(4), nullable=False),
    PrimaryKeyConstraint("oldest", name="pk_schema_compatibility"),
)


def may_use_newer(connection: Connection) -> bool:
    """Whether tables migrated by a newer version keep all that this one uses."""
    if not inspect(connection).has_table(COMPATIBILITY.name):
        return False
    oldest: str | None = connection.execute(select(func.max(COMPATIBILITY.c.oldest))).scalar_one()
    return oldest is not None and oldest <= revisions()[-1]
