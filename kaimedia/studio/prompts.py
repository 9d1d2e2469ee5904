"""Earlier prompts, for reuse."""

from __future__ import annotations

from kaimedia.store.tasks.prompts import PromptHistory, UsedPrompt


class PromptService:
    """Earlier prompts."""

    def __init__(self, history: PromptHistory) -> None:
        self._history = history

    def recent(self, query: str = "", limit: int = 40) -> list[UsedPrompt]:
        """The last distinct prompts, newest first; with `query` only those that contain each of its words."""
        return self._history.recent(query=query, limit=limit)
