"""The rate of a credit, the currency, and the price above which a person is asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kaimedia.store.columns import UtcDateTime, real

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """A new table."""
    op.create_table(
        "money_settings",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("usd_per_credit", real(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("currency_per_usd", real(), nullable=False),
        sa.Column("confirm_above", real()),
        sa.Column("confirm_unit", sa.String(8), nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_money_settings"),
        sa.CheckConstraint("id = 1", name="ck_money_settings_one"),
    )
