"""What was asked for before, and what today comes to."""

from __future__ import annotations

from datetime import datetime

from kaimedia.store.prompts import Spending, UsedPrompt
from kaimedia.studio.parts import Parts


class PromptDesk:
    """The part of `Studio` about earlier prompts and their cost."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def recent_prompts(self, words: str = "", limit: int = 40) -> list[UsedPrompt]:
        """The last distinct prompts, newest first; with `words` those that hold each of them."""
        return self._parts.tasks.recent_prompts(words=words, limit=limit)

    def spending_since(self, moment: datetime) -> Spending:
        """What was sent since `moment` (aware) to the provider in use comes to, in credits."""
        return self._parts.tasks.spending_since(moment, self._parts.providers.kind())
