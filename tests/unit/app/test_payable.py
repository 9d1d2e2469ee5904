"""What the balance surely cannot pay is refused; what is not known is not."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import timedelta

import pytest

from kaimedia.domain import utc_now
from kaimedia.errors import CreditsExhausted, ProviderUnavailable
from kaimedia.jobs.key_check import KeyCheck, KeyStatus
from kaimedia.studio import payable
from kaimedia.studio.payable import PayableCheck
from kaimedia.studio.totals import BatchPrice


def check(credits: float | None, age_s: float = 0.0) -> KeyCheck:
    return KeyCheck(KeyStatus.ACCEPTED, balance_credits=credits, checked_at=utc_now() - timedelta(seconds=age_s))


class Account:
    """An account with a known balance, and what it answers when it is asked; None never answers."""

    def __init__(self, known: KeyCheck, answer: KeyCheck | Exception | None) -> None:
        self.known, self.answer, self.asked = known, answer, 0

    def known_balance(self, provider: str) -> KeyCheck:
        return self.known

    balance_of = known_balance

    def ask_balance(self, provider: str) -> Future[KeyCheck]:
        self.asked += 1
        future: Future[KeyCheck] = Future()
        if isinstance(self.answer, Exception):
            future.set_exception(self.answer)
        elif self.answer is not None:
            future.set_result(self.answer)
        return future


def refuses(account: Account, price: BatchPrice, provider: str = "kie", clock_s: list[float] | None = None) -> bool:
    tested = PayableCheck(account, lambda: (clock_s or [0.0])[0])  # type: ignore[arg-type]
    try:
        tested.refuse_unpayable({provider: price})
    except CreditsExhausted:
        return True
    return False


SIXTY = BatchPrice(1, 60.0, 0)


@pytest.mark.parametrize(
    ("known", "answer", "is_refused", "asked"),
    [
        ((100.0, 0), None, False, 0),
        ((59.9, 0), None, True, 0),
        ((60.0, 0), None, False, 0),
        ((59.9, 60), check(500.0), False, 1),  # topped up meanwhile
        ((59.9, 60), check(59.9), True, 1),
        ((100.0, 60), None, False, 0),
        ((100.0, 400), check(10.0), True, 1),  # too old to be believed
        ((10.0, 400), ProviderUnavailable("no answer"), False, 1),
        (None, check(10.0), True, 1),
        (None, check(None), False, 1),
        ((10.0, -3600), check(100.0), False, 1),  # by a clock that was ahead
    ],
)
def test_only_what_is_surely_too_little_is_refused(
    known: tuple[float, float] | None, answer: KeyCheck | Exception | None, is_refused: bool, asked: int
) -> None:
    account = Account(check(*known) if known else KeyCheck(), answer)
    assert refuses(account, SIXTY) is is_refused
    assert account.asked == asked


def test_nobody_waits_twice_for_a_silent_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payable, "ANSWER_WITHIN_S", 0.01)
    account, clock_s = Account(KeyCheck(), None), [0.0]
    tested = PayableCheck(account, lambda: clock_s[0])  # type: ignore[arg-type]
    for _ in range(3):
        tested.refuse_unpayable({"kie": SIXTY})
    assert account.asked == 1
    clock_s[0] = payable.SILENT_S + 1
    tested.refuse_unpayable({"kie": SIXTY})
    assert account.asked == 2


def test_of_a_range_the_lowest_price_counts() -> None:
    assert not refuses(Account(check(80.0), None), BatchPrice(1, 285.0, 0, 76.0))
    assert refuses(Account(check(75.0), None), BatchPrice(1, 285.0, 0, 76.0))


def test_free_and_unpriced_tasks_are_never_refused() -> None:
    account = Account(check(0.0), None)
    assert not refuses(account, SIXTY, "sandbox")
    assert not refuses(account, BatchPrice(1, 0.0, 1))
    assert account.asked == 0


@pytest.mark.parametrize(
    ("balance", "words"),
    [(59.998, r"is 59\.99 credits\. Missing: 0\.01 credits"), (59.9, r"is 59\.9 credits\. Missing: 0\.1 credits")],
)
def test_what_is_missing_is_never_rounded_to_nothing(balance: float, words: str) -> None:
    tested = PayableCheck(Account(check(balance), None))  # type: ignore[arg-type]
    with pytest.raises(CreditsExhausted, match=words):
        tested.refuse_unpayable({"kie": SIXTY})


def test_what_is_missing_is_said() -> None:
    tested = PayableCheck(Account(check(12.5), None))  # type: ignore[arg-type]
    with pytest.raises(
        CreditsExhausted, match=r"at least 60 credits.* 12\.5 credits\. Missing: 47\.5 credits"
    ) as caught:
        tested.refuse_unpayable({"kie": SIXTY})
    assert "https://kie.ai/pricing" in caught.value.next_step
    assert tested.missing("kie", SIXTY) == 47.5 and tested.missing("sandbox", SIXTY) == 0.0
