"""Several API tokens, each with what it may do; the one so far may do everything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kaimedia.store.columns import UtcDateTime

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """A new table. The settings keep their copy, for processes of the version before."""
    op.create_table(
        "api_tokens",
        sa.Column("token_id", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("hint", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("last_used_at", UtcDateTime),
        sa.Column("revoked_at", UtcDateTime),
        sa.PrimaryKeyConstraint("token_id", name="pk_api_tokens"),
    )
    op.execute(
        "INSERT INTO api_tokens (token_id, sha256, name, hint, scopes, made_at)"
        " SELECT substr(api_token_sha256, 1, 12), api_token_sha256, 'API token', coalesce(api_token_hint, ''),"
        " 'read generate manage', coalesce(api_token_made_at, updated_at)"
        " FROM settings WHERE api_token_sha256 IS NOT NULL"
    )
