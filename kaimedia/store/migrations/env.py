"""What Alembic runs around the steps; the caller gives the connection and owns the transaction."""

from __future__ import annotations

from alembic import context

from kaimedia.store.search_index import is_known
from kaimedia.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    compare_server_default=True,
    include_name=is_known,
)
with context.begin_transaction():
    context.run_migrations()
