"""What Generate reads about batches in every run, compiled once."""

from __future__ import annotations

from sqlalchemy import Integer, bindparam, or_, select, text

from kaimedia.domain import Status
from kaimedia.store.prepared import PreparedSelect, is_one_of
from kaimedia.store.tables import SHOWN, TASKS
from kaimedia.store.tasks.batch_table import BATCHES

UNFINISHED = (Status.PENDING.value, Status.PROCESSING.value)
ANY_OF_KIND = PreparedSelect(select(BATCHES.c.id).where(BATCHES.c.kind == bindparam("kind")).limit(1))
_IS_SHOWN = BATCHES.c.dismissed_at.is_(None)
_RECENT = (
    select(BATCHES.c.id)
    .where(_IS_SHOWN, BATCHES.c.created_at >= bindparam("since"))
    .order_by(BATCHES.c.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
# Reads only the small index of unfinished and failed tasks, however many batches there were.
_UNFINISHED_BATCHES = select(TASKS.c.batch_id).where(
    text(SHOWN), is_one_of(TASKS.c.status, UNFINISHED), TASKS.c.batch_id.is_not(None)
)
SHOWN_IDS = PreparedSelect(
    select(BATCHES.c.id).where(_IS_SHOWN, or_(BATCHES.c.id.in_(_RECENT), BATCHES.c.id.in_(_UNFINISHED_BATCHES)))
)
