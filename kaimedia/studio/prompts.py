"""Earlier prompts, for reuse."""

from __future__ import annotations

from kaimedia.store.prompts import UsedPrompt
from kaimedia.store.tasks import TaskStore


class PromptService:
    """Earlier prompts."""

    def __init__(self, tasks: TaskStore) -> None:
        self._tasks = tasks

    def recent(self, query: str = "", limit: int = 40) -> list[UsedPrompt]:
        """The last distinct prompts, newest first; with `query` only those that contain each of its words."""
        return self._tasks.recent_prompts(query=query, limit=limit)
