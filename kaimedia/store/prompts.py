"""What was asked for before, and what it came to in credits: short reads along the index of the newest tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select

from kaimedia.domain import Modality, Phase, ProviderKind
from kaimedia.store import cursors
from kaimedia.store.database import Database
from kaimedia.store.tables import MEDIA, TASKS

AT_A_TIME = 200
_UNSENT = (Phase.PREPARING.value, Phase.QUEUED.value)  # a try that never reached the provider leaves `sent_at`


@dataclass(frozen=True, slots=True)
class UsedPrompt:
    """A prompt as it was sent, what was made of it, and when last."""

    text: str
    modality: Modality
    used_at: datetime


@dataclass(frozen=True, slots=True)
class Spending:
    """Credits of what was sent: told by the provider where it tells them, else the list price."""

    tasks: int = 0
    credits: float = 0.0
    unpriced: int = 0  # tasks with neither


class PromptReads:
    """The part of `TaskStore` about prompts and what they cost."""

    _db: Database

    def recent_prompts(self, *, words: str = "", limit: int = 40) -> list[UsedPrompt]:
        """The last distinct prompts, newest first; each of `words` has to be in them, in any case."""
        found: dict[str, UsedPrompt] = {}
        with self._db.read() as session:
            rows = session.execute(_newest(words), execution_options={"yield_per": AT_A_TIME})
            for row in rows:
                text = row.prompt.strip()
                if text and text not in found:
                    found[text] = UsedPrompt(text, Modality(row.modality), row.created_at)
                    if len(found) == limit:
                        break
            rows.close()
        return list(found.values())

    def spending_since(self, moment: datetime, provider: ProviderKind) -> Spending:
        """What was sent to a provider at or after `moment` comes to; what surely cost nothing is left out."""
        credits = func.coalesce(TASKS.c.credits_actual, TASKS.c.credits_estimated)
        was_free = and_(TASKS.c.phase == Phase.FAILED.value, TASKS.c.may_have_cost.is_(False))
        statement = select(
            func.count().label("tasks"), func.sum(credits).label("credits"), func.count(credits).label("priced")
        ).where(
            TASKS.c.provider == provider.value,
            TASKS.c.sent_at >= moment,
            TASKS.c.phase.not_in(_UNSENT),
            or_(~was_free, TASKS.c.credits_actual > 0),
        )
        with self._db.read() as session:
            row = session.execute(statement).one()
        return Spending(row.tasks, float(row.credits or 0.0), row.tasks - row.priced)


def _newest(words: str) -> Select[tuple[str, str, datetime]]:
    """Prompts along the tasks' own index; the prompt itself stands with a task's first piece of media.

    Read as far as needed only; a word that nobody used costs a look at every prompt (0.1 s for 100,000).
    """
    contains = [MEDIA.c.prompt.icontains(word, autoescape=True) for word in words.split()[:10]]
    return (
        select(MEDIA.c.prompt, TASKS.c.modality, TASKS.c.created_at)
        .join(MEDIA, MEDIA.c.id == TASKS.c.media_id)
        .where(*contains)
        .order_by(*cursors.order(TASKS, newest_first=True))
    )
