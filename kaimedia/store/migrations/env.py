"""Alembic's environment; the caller provides the connection and owns the transaction."""

from __future__ import annotations

from alembic import context

from kaimedia.store.database.compatibility import COMPATIBILITY
from kaimedia.store.database.identity import IDENTITY
from kaimedia.store.media.search_index import is_known
from kaimedia.store.observed_days import OBSERVED_DAYS
from kaimedia.store.sign_outs import SIGN_OUTS
from kaimedia.store.workers import WORKERS

# Importing a module registers its tables.
assert {table.metadata for table in (WORKERS, SIGN_OUTS, OBSERVED_DAYS, COMPATIBILITY)} == {IDENTITY.metadata}
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=IDENTITY.metadata,
    render_as_batch=True,
    compare_server_default=True,
    include_name=is_known,
)
with context.begin_transaction():
    context.run_migrations()
