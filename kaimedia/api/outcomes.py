"""Response schemas of unknown outcomes."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from kaimedia.api.schemas import Out
from kaimedia.domain.ledger import Balance
from kaimedia.domain.outcome import OutcomeEvidence, Verdict
from kaimedia.studio import verdict_text


class BalanceOut(Out):
    """A balance that the provider reported."""

    credits: float
    at: datetime

    @classmethod
    def of(cls, balance: Balance) -> BalanceOut:
        """The balance with the names of the API."""
        return cls(credits=balance.credits, at=balance.at)


class OutcomeOut(Out):
    """What is known about a task whose outcome is unknown."""

    sent_from: datetime | None = Field(description="The earliest time at which it may have been sent.")
    sent_until: datetime | None = Field(description="The latest.")
    before: BalanceOut | None = Field(description="The last balance before that time.")
    after: BalanceOut | None = Field(description="The first balance after it.")
    fell_by: float | None = Field(description="By how many credits the balance fell; negative if it rose.")
    others_credits: float = Field(description="What other tasks sent between the two readings cost.")
    others_unknown: int = Field(description="How many of those have an unknown outcome or cost.")
    price_credits: float | None = Field(description="The list price of this task.")
    verdict: Verdict = Field(description="What the balances say; a hint, not a proof.")
    text: str = Field(description="The verdict as a sentence.")

    @classmethod
    def of(cls, found: OutcomeEvidence) -> OutcomeOut:
        """The evidence with the names of the API."""
        return cls(
            sent_from=found.sent_from,
            sent_until=found.sent_until,
            before=BalanceOut.of(found.before) if found.before else None,
            after=BalanceOut.of(found.after) if found.after else None,
            fell_by=found.fell_by,
            others_credits=found.others_credits,
            others_unknown=found.others_unknown,
            price_credits=found.price_credits,
            verdict=found.verdict,
            text=verdict_text(found),
        )
