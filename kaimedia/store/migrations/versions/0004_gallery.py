"""The gallery: tags, collections, a change counter, indexes, and the search in prompts."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

from kaimedia.store.media import search_index

revision = "0004"
down_revision = "0003"

_IN_GALLERY = "status = 'completed' AND deleted_at IS NULL"
_OUTLINED = ["created_at", "id", "is_favorite", "width_px", "height_px", "aspect_ratio"]
_MOMENT = sa.DateTime(timezone=True)
_SEEN = (
    "status",
    "deleted_at",
    "is_favorite",
    "created_at",
    "duration",
    "prompt",
    "model",
    "width_px",
    "height_px",
    "aspect_ratio",
)


def upgrade() -> None:
    """New tables and indexes; existing rows do not change."""
    _tables()
    _indexes()
    if op.get_bind().dialect.name == "postgresql":
        _count_on_postgres()
    else:
        _count_on_sqlite()
    search_index.repair(op.get_bind())


def _tables() -> None:
    op.create_table(
        "media_tags",
        sa.Column("media_id", sa.Integer, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("media_id", "folded", name="pk_media_tags"),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name="fk_media_tags_media_id", ondelete="CASCADE"),
    )
    op.create_index("ix_media_tags_folded_media_id", "media_tags", ["folded", "media_id"])
    op.create_table(
        "collections",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False, server_default=sa.text("CURRENT_TIMESTAMP")),
        sa.PrimaryKeyConstraint("id", name="pk_collections"),
        sa.UniqueConstraint("folded", name="uq_collections_folded"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "collection_media",
        sa.Column("collection_id", sa.Integer, nullable=False),
        sa.Column("media_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("collection_id", "media_id", name="pk_collection_media"),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.id"], name="fk_collection_media_collection_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name="fk_collection_media_media_id", ondelete="CASCADE"),
    )
    op.create_index("ix_collection_media_media_id", "collection_media", ["media_id"])
    changes = op.create_table(
        "gallery_changes",
        sa.Column("slot", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("slot", name="pk_gallery_changes"),
    )
    # Not from zero, so that two databases do not have the same count.
    op.bulk_insert(changes, [{"slot": 0, "number": secrets.randbits(48)}])


def _indexes() -> None:
    for name in ("ix_media_gallery", "ix_media_gallery_type", "ix_media_gallery_model"):
        op.drop_index(name, "media")
    partial = (
        ("ix_media_gallery", [*_OUTLINED, "media_type"], _IN_GALLERY),
        ("ix_media_gallery_type", ["media_type", *_OUTLINED], _IN_GALLERY),
        ("ix_media_gallery_model", ["model", *_OUTLINED, "media_type"], _IN_GALLERY),
        ("ix_media_gallery_longest", ["duration", *_OUTLINED, "media_type"], _IN_GALLERY),
        ("ix_media_favorite", ["created_at", "id"], f"{_IN_GALLERY} AND is_favorite"),
        ("ix_media_working", ["created_at", "id"], "status IN ('pending', 'processing') AND deleted_at IS NULL"),
        ("ix_media_broken", ["created_at", "id"], "status = 'failed' AND deleted_at IS NULL"),
    )
    for name, columns, where in partial:
        op.create_index(name, "media", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_index("ix_media_filename", "media", ["filename"])


def _count_on_sqlite() -> None:
    count = "BEGIN UPDATE gallery_changes SET number = number + 1 WHERE slot = 0; END"
    differs = " OR ".join(f"old.{name} IS NOT new.{name}" for name in _SEEN)
    op.execute(f"CREATE TRIGGER media_count_insert AFTER INSERT ON media {count}")
    op.execute(f"CREATE TRIGGER media_count_delete AFTER DELETE ON media {count}")
    op.execute(f"CREATE TRIGGER media_count_update AFTER UPDATE OF {', '.join(_SEEN)} ON media WHEN {differs} {count}")
    for table in ("media_tags", "collection_media"):
        for event in ("INSERT", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_count_{event.lower()} AFTER {event} ON {table} {count}")


def _count_on_postgres() -> None:
    # One row per server process: writers never wait for each other, and the sum is what all have committed.
    op.execute(
        """CREATE FUNCTION kaimedia_gallery_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO gallery_changes AS mine (slot, number) VALUES (pg_backend_pid(), 1)
            ON CONFLICT (slot) DO UPDATE SET number = mine.number + 1;
            RETURN NULL;
        END $$"""
    )
    run = "FOR EACH STATEMENT EXECUTE FUNCTION kaimedia_gallery_changed()"
    op.execute(f"CREATE TRIGGER media_count AFTER INSERT OR DELETE OR UPDATE OF {', '.join(_SEEN)} ON media {run}")
    for table in ("media_tags", "collection_media"):
        op.execute(f"CREATE TRIGGER {table}_count AFTER INSERT OR DELETE ON {table} {run}")
