"""Sets up the job queue in the app's own PostgreSQL database, and keeps it in step with the installed Procrastinate."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import func, select, text
from sqlmodel import Session

from kaimedia.errors import ConfigError
from kaimedia.store.database.connecting import SETTING
from kaimedia.store.database.database import Database
from kaimedia.store.job_queue.statements import FUNCTION, TRIGGERS

log = logging.getLogger(__name__)

ADVISORY_LOCK = 0x6B61696A  # an arbitrary fixed number
MARK = "kaimedia: "  # starts the comment on Procrastinate's table of jobs, which names its last migration
ALIVE_S = 30.0  # a worker seen within this time still runs
_ALIVE = text(
    "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => :within)"
)


def set_up(database: Database) -> None:
    """Create or upgrade Procrastinate's tables, then our triggers, in one transaction and under a lock.

    Not a migration of ours: the tables belong to the installed library, which has its own ones, and only databases
    with this engine have them.

    Raises:
        ConfigError: The database is not PostgreSQL, has Procrastinate's tables of another program, or running workers
            still need older tables than the installed library does.
        StoreUnavailable: The database cannot be reached.
    """
    if database.dialect != "postgresql":
        raise ConfigError(
            "KAIMEDIA_ENGINE is procrastinate, which needs a PostgreSQL database.",
            setting="KAIMEDIA_ENGINE",
            next_step=f"Set {SETTING} to a PostgreSQL database, or remove KAIMEDIA_ENGINE.",
        )
    folder = _folder()
    available = sorted(file.name for file in (folder / "migrations").glob("*.sql"))
    with database.read() as session:
        if _applied(session) == available[-1] and not _missing_triggers(session):
            return
    with database.write() as session:
        session.execute(select(func.pg_advisory_xact_lock(ADVISORY_LOCK)))
        _bring_up_to_date(session, folder, available)
        _run(session, FUNCTION)
        for name in _missing_triggers(session):
            _run(session, TRIGGERS[name])


def is_set_up(session: Session) -> bool:
    """Whether the database has a job queue."""
    return session.execute(text("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")).scalar_one() is True


def migrations_after(applied: str, available: Sequence[str]) -> list[str]:
    """The library's migrations that are newer than the last applied one, in order."""
    return [name for name in sorted(available) if name > applied]


def migrations_to_run(pending: Sequence[str], *, has_workers: bool) -> list[str]:
    """Those that may run now: while workers run, none from the first on that removes what older ones use ("post")."""
    if not has_workers:
        return list(pending)
    first_post = next((place for place, name in enumerate(pending) if "_post_" in name), len(pending))
    return list(pending[:first_post])


def _folder() -> Path:
    """Procrastinate's SQL, found without importing it: that takes longer than most commands."""
    found = find_spec("procrastinate")
    if found is None or not found.submodule_search_locations:
        raise ConfigError(
            "KAIMEDIA_ENGINE is procrastinate, which is not installed.",
            setting="KAIMEDIA_ENGINE",
            next_step="Run `pip install -r requirements.txt`, then start again.",
        )
    return Path(found.submodule_search_locations[0]) / "sql"


def _applied(session: Session) -> str | None:
    """The last applied migration of the library; None without its tables.

    Raises:
        ConfigError: They are of another program.
    """
    if not is_set_up(session):
        return None
    comment = session.execute(text("SELECT obj_description('procrastinate_jobs'::regclass)")).scalar_one()
    if not (comment or "").startswith(MARK):
        raise ConfigError(
            "The database has Procrastinate's tables of another program.",
            setting=SETTING,
            next_step=f"Set {SETTING} to a database of its own.",
        )
    return str(comment.removeprefix(MARK))


def _missing_triggers(session: Session) -> list[str]:
    named = text("SELECT tgname FROM pg_trigger WHERE tgrelid = 'tasks'::regclass")
    found = set(session.execute(named).scalars())
    return [name for name in TRIGGERS if name not in found]


def _bring_up_to_date(session: Session, folder: Path, available: Sequence[str]) -> None:
    applied = _applied(session)
    if applied is None:
        _run(session, (folder / "schema.sql").read_text(encoding="utf-8"))
        _mark(session, available[-1])
        return
    pending = migrations_after(applied, available)
    if not pending:
        return
    has_workers = session.execute(_ALIVE, {"within": ALIVE_S}).scalar_one() > 0
    running = migrations_to_run(pending, has_workers=has_workers)
    if any("_post_" not in name for name in pending[len(running) :]):
        raise ConfigError(
            "The job queue cannot be upgraded while workers of an older version run.",
            setting="KAIMEDIA_ENGINE",
            next_step="Stop all workers, then start one again; running tasks continue then.",
        )
    for name in running:
        _run(session, (folder / "migrations" / name).read_text(encoding="utf-8"))
        log.info("job queue migrated: %s", name)
    if running:
        _mark(session, running[-1])


def _mark(session: Session, name: str) -> None:
    quoted = f"{MARK}{name}".replace("'", "''")
    _run(session, f"COMMENT ON TABLE procrastinate_jobs IS '{quoted}'")


def _run(session: Session, statements: str) -> None:
    """Run a script as it is, in the session's transaction: no parameters, so that a % in it means nothing."""
    driver = session.connection().connection.driver_connection
    assert driver is not None
    driver.execute(statements)
