"""Run the migrations with Alembic. A module of its own: importing Alembic is slow, and most starts migrate nothing."""

from __future__ import annotations

from io import StringIO

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from kaimedia.store.migrations import FOLDER


def configured(connection: Connection) -> Config:
    """Alembic's settings without a file; `env.py` migrates on `connection`."""
    config = Config(stdout=StringIO())
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, target: str = "head") -> None:
    """Migrate to a revision, by default the newest, in the connection's transaction."""
    command.upgrade(configured(connection), target)
