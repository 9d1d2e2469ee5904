"""Where events are sent. Addresses and secrets arrive here encrypted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, text, update
from sqlmodel import Session

from kaimedia.domain.webhook import SealedEndpoint, WebhookEndpoint
from kaimedia.store.database.database import Database
from kaimedia.store.webhooks.tables import DELIVERIES, ENDPOINTS

_E = ENDPOINTS.c


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """An endpoint to add; address and secret are ciphertext."""

    name: str
    host: str
    format: str
    url_ciphertext: str
    secret_ciphertext: str | None
    is_from_settings: bool = False


class WebhookEndpoints:
    """The endpoints of a database. Safe to share between threads; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[SealedEndpoint]:
        """That of the settings first, then the oldest first."""
        with self._database.read() as session:
            rows = session.execute(select(ENDPOINTS).order_by(_E.is_from_settings.desc(), _E.id))
            return [_sealed(row) for row in rows]

    def find(self, endpoint_id: int) -> SealedEndpoint | None:
        """One endpoint; None if there is none with this id."""
        with self._database.read() as session:
            row = session.execute(select(ENDPOINTS).where(_E.id == endpoint_id)).one_or_none()
        return None if row is None else _sealed(row)

    def add(self, new: NewEndpoint, now: datetime) -> WebhookEndpoint:
        """Add an endpoint; events from now on are sent to it."""
        with self._database.write() as session:
            return _add(session, new, now)

    def set_paused(self, endpoint_id: int, paused_at: datetime | None) -> bool:
        """Pause an endpoint, or resume it with None; False if there is none."""
        with self._database.write() as session:
            changing = update(ENDPOINTS).where(_E.id == endpoint_id).values(paused_at=paused_at)
            return session.execute(changing.returning(_E.id)).first() is not None

    def remove(self, endpoint_id: int) -> bool:
        """Remove an endpoint with all its deliveries; False if there is none."""
        with self._database.write() as session:
            return _remove(session, endpoint_id)

    def set_from_settings(self, new: NewEndpoint | None, now: datetime) -> None:
        """Make this the only endpoint of the settings; None removes it. A changed one keeps its deliveries."""
        with self._database.write() as session:
            if session.get_bind().dialect.name == "postgresql":  # several processes may start at once
                session.execute(text("LOCK TABLE webhook_endpoints IN SHARE ROW EXCLUSIVE MODE"))
            known = list(session.execute(select(_E.id).where(_E.is_from_settings).order_by(_E.id)).scalars())
            kept = known[:1] if new is not None else []
            for endpoint_id in known[len(kept) :]:  # a copy has the same events as the first
                _remove(session, endpoint_id)
            if new is not None:
                if kept:
                    session.execute(update(ENDPOINTS).where(_E.id == kept[0]).values(**_values(new)))
                else:
                    _add(session, new, now)


def _add(session: Session, new: NewEndpoint, now: datetime) -> WebhookEndpoint:
    row = session.execute(insert(ENDPOINTS).values(**_values(new), made_at=now).returning(ENDPOINTS)).one()
    return _sealed(row).endpoint


def _remove(session: Session, endpoint_id: int) -> bool:
    session.execute(delete(DELIVERIES).where(DELIVERIES.c.endpoint_id == endpoint_id))
    return session.execute(delete(ENDPOINTS).where(_E.id == endpoint_id).returning(_E.id)).first() is not None


def _values(new: NewEndpoint) -> dict[str, Any]:
    return {
        "name": new.name,
        "host": new.host,
        "format": new.format,
        "url": new.url_ciphertext,
        "secret": new.secret_ciphertext,
        "is_from_settings": new.is_from_settings,
    }


def _sealed(row: Row[Any]) -> SealedEndpoint:
    names = ("id", "name", "host", "format", "made_at", "paused_at", "is_from_settings")
    endpoint = WebhookEndpoint(**{name: row._mapping[name] for name in names})
    return SealedEndpoint(endpoint, row.url, row.secret)
