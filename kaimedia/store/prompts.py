"""Earlier prompts and their cost in credits: short reads along the index of the newest tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select

from kaimedia.domain import Modality, Phase
from kaimedia.store import cursors
from kaimedia.store.database import Database
from kaimedia.store.tables import MEDIA, TASKS

BATCH_ROWS = 200
_UNSENT = (Phase.PREPARING.value, Phase.QUEUED.value)  # may have `sent_at` from an attempt that never arrived


@dataclass(frozen=True, slots=True)
class UsedPrompt:
    """A prompt as it was sent, its modality, and when it was last used."""

    text: str
    modality: Modality
    used_at: datetime


@dataclass(frozen=True, slots=True)
class Spending:
    """Credits spent on sent tasks: as reported by the provider, otherwise the list price."""

    tasks: int = 0
    credits: float = 0.0
    unpriced: int = 0  # tasks with neither


class PromptReads:
    """The part of `TaskStore` about prompts and their cost."""

    _db: Database

    def recent_prompts(self, *, query: str = "", limit: int = 40) -> list[UsedPrompt]:
        """The latest distinct prompts, newest first, that contain every word of `query`, ignoring case."""
        found: dict[str, UsedPrompt] = {}
        with self._db.read() as session:
            rows = session.execute(_newest(query), execution_options={"yield_per": BATCH_ROWS})
            for row in rows:
                text = row.prompt.strip()
                if text and text not in found:
                    found[text] = UsedPrompt(text, Modality(row.modality), row.created_at)
                    if len(found) == limit:
                        break
            rows.close()
        return list(found.values())

    def spending_since(self, moment: datetime, provider: str) -> Spending:
        """Credits spent with a provider since `moment`, without tasks that certainly cost nothing."""
        credits = func.coalesce(TASKS.c.credits_actual, TASKS.c.credits_estimated)
        was_free = and_(TASKS.c.phase == Phase.FAILED.value, TASKS.c.may_have_cost.is_(False))
        statement = select(
            func.count().label("tasks"), func.sum(credits).label("credits"), func.count(credits).label("priced")
        ).where(
            TASKS.c.provider == str(provider),
            TASKS.c.sent_at >= moment,
            TASKS.c.phase.not_in(_UNSENT),
            or_(~was_free, TASKS.c.credits_actual > 0),
        )
        with self._db.read() as session:
            row = session.execute(statement).one()
        return Spending(row.tasks, float(row.credits or 0.0), row.tasks - row.priced)


def _newest(query: str) -> Select[tuple[str, str, datetime]]:
    """Prompts in the order of the tasks' index; the prompt is stored with a task's first media.

    Rows are read only as far as needed; a word that no prompt contains scans them all (0.1 s for 100,000).
    """
    contains = [MEDIA.c.prompt.icontains(word, autoescape=True) for word in query.split()[:10]]
    return (
        select(MEDIA.c.prompt, TASKS.c.modality, TASKS.c.created_at)
        .join(MEDIA, MEDIA.c.id == TASKS.c.media_id)
        .where(*contains)
        .order_by(*cursors.order(TASKS, newest_first=True))
    )
