"""Every error has its row in the table, and every row its error."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

import pytest

from kaimedia.domain import TASK_ERRORS, ErrorCode
from kaimedia.errors import (
    ERRORS,
    AuthFailed,
    KaimediaError,
    KeyLimitReached,
    ProviderBusy,
    ProviderUnavailable,
    RateLimited,
)
from kaimedia.jobs import failures

WITHOUT_A_ROW_OF_THEIR_OWN = {KeyLimitReached: AuthFailed, ProviderBusy: ProviderUnavailable}


def tree(kind: type[KaimediaError] = KaimediaError) -> Iterator[type[KaimediaError]]:
    if kind.__module__ == KaimediaError.__module__:
        yield kind
        for each in kind.__subclasses__():
            yield from tree(each)


def test_every_row_belongs_to_one_error() -> None:
    rows = [kind.facts for kind in tree() if kind not in WITHOUT_A_ROW_OF_THEIR_OWN]
    assert sorted(row.code for row in rows) == sorted(ERRORS)
    assert all(kind.facts is other.facts for kind, other in WITHOUT_A_ROW_OF_THEIR_OWN.items())


@pytest.mark.parametrize("code", ERRORS)
def test_a_row_is_complete(code: str) -> None:
    row = ERRORS[code]
    assert HTTPStatus(row.http_status) >= 400
    assert row.next_step.endswith(".") and row.title and not row.title.endswith(".")


def test_every_code_of_a_task_is_in_its_table() -> None:
    assert set(TASK_ERRORS) == set(ErrorCode)


def test_an_error_says_its_own_step_or_that_of_the_table() -> None:
    own, default = RateLimited("Slow down.", next_step="Wait a minute."), RateLimited("Slow down.")
    assert (own.next_step, own.has_own_step) == ("Wait a minute.", True)
    assert (default.next_step, default.has_own_step) == (ERRORS["rate_limited"].next_step, False)
    assert default.retryable and (default.code, default.http_status) == ("rate_limited", 429)


@pytest.mark.parametrize("kind", [kind for kind in tree() if kind.__init__ is KaimediaError.__init__])
def test_a_task_fails_with_the_code_of_its_error(kind: type[KaimediaError]) -> None:
    fields = failures.from_error(kind("It failed."))
    assert fields["error_code"] is kind.facts.task_code
    assert fields["may_have_cost"] is (fields["error_code"] is ErrorCode.OUTCOME_UNKNOWN)
