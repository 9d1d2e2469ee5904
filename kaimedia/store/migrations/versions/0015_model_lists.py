"""The providers' own lists of models."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kaimedia.store.columns import UtcDateTime, json_value

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Two new tables."""
    op.create_table(
        "listed_models",
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("maker", sa.Text, nullable=False),
        sa.Column("modality", sa.Text),
        sa.Column("capabilities", json_value(), nullable=False),
        sa.Column("price_text", sa.Text, nullable=False),
        sa.Column("first_seen_at", UtcDateTime, nullable=False),
        sa.Column("missing_since", UtcDateTime),
        sa.Column("input_schema", json_value()),
        sa.Column("schema_problem", sa.Text),
        sa.PrimaryKeyConstraint("provider", "model", name="pk_listed_models"),
    )
    op.create_table(
        "model_list_checks",
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("started_at", UtcDateTime),
        sa.Column("checked_at", UtcDateTime),
        sa.Column("failed_at", UtcDateTime),
        sa.Column("failure", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("provider", name="pk_model_list_checks"),
    )
