"""Paid requests of agents: only within a daily or monthly limit of their token, and never twice by accident."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kaimedia.domain import GenerationRequest, Task, utc_now
from kaimedia.domain.api_token import TOKEN_ID_DIGITS
from kaimedia.domain.limits import LimitScope
from kaimedia.errors import LimitNeeded
from kaimedia.studio.limits import LimitService
from kaimedia.studio.new_tasks import NewTasks
from kaimedia.studio.tasks import TaskService
from kaimedia.studio.tokens import LOCAL_AGENT_ID

ASK_BACK_FOR = timedelta(minutes=1)
_BOUNDING = frozenset({LimitScope.DAY, LimitScope.MONTH})  # one for a single task does not bound the number of tasks


@dataclass(frozen=True, slots=True)
class Submission:
    """The task of a request. With `repeats_s`, nothing was queued: the same request made it so many seconds ago."""

    task: Task
    repeats_s: int | None = None


class AgentService:
    """Submits requests that a program decided on.

    `agent_id` is the hash of its API token, or `LOCAL_AGENT` without one.
    """

    def __init__(self, tasks: TaskService, new_tasks: NewTasks, limits: LimitService) -> None:
        self._tasks = tasks
        self._new_tasks = new_tasks
        self._limits = limits

    def find(self, agent_id: str, key: str, body_sha256: str) -> Task | None:
        """The task that this agent submitted with this idempotency key, None when the key is new.

        Raises:
            KeyReused: the key was used for another request, or its task was deleted.
        """
        return self._tasks.find_by_key(_own_key(agent_id, key), body_sha256)

    def submit(
        self,
        request: GenerationRequest,
        *,
        agent_id: str,
        received_at: datetime,
        key: str | None = None,
        body_sha256: str = "",
        is_again: bool = False,
    ) -> Submission:
        """Queue a request, or return the task already submitted with this idempotency key.

        Without a key, the same request of the same agent within a minute is not queued again, unless `is_again` says
        that it is meant.

        Raises:
            LimitNeeded: it would be charged, and the agent's token has no daily or monthly limit of its own.
            KeyReused, LimitReached, InvalidRequest, ...: as `TaskService.submit`.
        """
        token_id = agent_id[:TOKEN_ID_DIGITS]
        self.check_limited(request, token_id)
        if key:
            own_key = _own_key(agent_id, key)
            task = self._tasks.submit(
                request, idempotency_key=own_key, body_sha256=body_sha256, token_id=token_id, may_wait=False
            )
            return Submission(task)
        # Even when it is meant, two that overlap are one: a client that lost the connection sends its call again.
        since = received_at if is_again else utc_now() - ASK_BACK_FOR
        task, is_earlier = self._tasks.submit_once(
            request, person=agent_id, since=since, token_id=token_id, may_wait=False
        )
        if not is_earlier or is_again:
            return Submission(task)
        return Submission(task, max(0, round((utc_now() - task.created_at).total_seconds())))

    def check_limited(self, request: GenerationRequest, token_id: str) -> None:
        """Check that a request that would be charged has a daily or monthly limit of its own token.

        Raises:
            LimitNeeded: it has none; says how to set one.
            InvalidRequest, ModelRetired, AuthFailed, MediaError: the request is not valid.
        """
        if self._new_tasks.checked(request).is_free or self.has_own_limit(token_id):
            return
        where = "" if token_id == LOCAL_AGENT_ID else "in Settings, Spending limits, or with "
        raise LimitNeeded(
            "Agents spend only within a daily or monthly spending limit of their own, and none is set for this one. "
            "Nothing was sent.",
            next_step=f"Ask the owner of the studio to set one: {where}"
            f"`python -m kaimedia limits set month CREDITS --token {token_id}`.",
        )

    def has_own_limit(self, token_id: str) -> bool:
        """Whether a daily or monthly limit is set for this token alone."""
        return any(limit.token_id == token_id and limit.scope in _BOUNDING for limit in self._limits.all())


def _own_key(agent_id: str, key: str) -> str:
    """The key as stored: every agent has its own; a space separates them from the keys of the REST API."""
    return f"agent {agent_id[:TOKEN_ID_DIGITS]}:{key}"
