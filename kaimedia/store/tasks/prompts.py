"""Earlier prompts, read along the index of the newest tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from kaimedia.domain import Modality
from kaimedia.store import cursors
from kaimedia.store.database.database import Database
from kaimedia.store.tables import MEDIA, TASKS

BATCH_ROWS = 200


@dataclass(frozen=True, slots=True)
class UsedPrompt:
    """A prompt as it was sent, its modality, and when it was last used."""

    text: str
    modality: Modality
    used_at: datetime


class PromptHistory:
    """The prompts of earlier tasks. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recent(self, *, query: str = "", limit: int = 40) -> list[UsedPrompt]:
        """The latest distinct prompts, newest first, that contain every word of `query`, ignoring case.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        found: dict[str, UsedPrompt] = {}
        with self._database.read() as session:
            rows = session.execute(_newest(query), execution_options={"yield_per": BATCH_ROWS})
            for row in rows:
                text = row.prompt.strip()
                if text and text not in found:
                    found[text] = UsedPrompt(text, Modality(row.modality), row.created_at)
                    if len(found) == limit:
                        break
            rows.close()
        return list(found.values())


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
