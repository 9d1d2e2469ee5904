"""With which key a balance was read, so that balances of different accounts are not compared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """A new column."""
    op.add_column("balances", sa.Column("key_id", sa.Text, nullable=False, server_default=sa.text("''")))
