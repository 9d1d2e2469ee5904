"""What an error says about a key."""

from __future__ import annotations

import pytest

from kaimedia.errors import AuthFailed, KeyLimitReached, ProviderError, ProviderUnavailable, RateLimited
from kaimedia.jobs.key_check import KeyCheck, KeyStatus


@pytest.mark.parametrize(
    ("error", "status", "is_refused"),
    [
        (AuthFailed("No."), KeyStatus.REFUSED, True),
        (KeyLimitReached("No."), KeyStatus.LIMIT_REACHED, True),
        (ProviderUnavailable("No."), KeyStatus.NO_ANSWER, False),
        (RateLimited("No."), KeyStatus.NO_ANSWER, False),
    ],
)
def test_of_error(error: ProviderError, status: KeyStatus, is_refused: bool) -> None:
    check = KeyCheck.of_error(error)
    assert (check.status, check.message, check.is_refused, check.is_accepted) == (status, "No.", is_refused, False)


def test_a_key_is_unchecked_first() -> None:
    assert (KeyCheck().is_refused, KeyCheck().is_accepted) == (False, False)
    assert KeyCheck(KeyStatus.ACCEPTED).is_accepted
