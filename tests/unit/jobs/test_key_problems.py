"""Why nothing can be sent with the key, as a code and as a sentence."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kaimedia.domain import ProviderKind
from kaimedia.errors import AuthFailed
from kaimedia.jobs.key_check import KeyCheck, KeyProblem
from kaimedia.jobs.providers import ProviderState
from kaimedia.studio import key_problem_text
from kaimedia.studio.key_problems import refuse_without_key


def state(problem: KeyProblem | None, detail: str | None = None) -> ProviderState:
    return ProviderState(ProviderKind.KIE, "settings", None, KeyCheck(), problem, detail)


@pytest.mark.parametrize(
    ("problem", "detail", "expected"),
    [
        (None, None, None),
        (KeyProblem.MISSING, None, "No kie.ai key is set. Add it in Settings."),
        (KeyProblem.SECRET_KEY_UNUSABLE, "secret.key is empty.", "The saved key cannot be read. secret.key is empty."),
        (KeyProblem.REFUSED, "kie.ai rejected the provider key.", "kie.ai rejected the provider key."),
        (KeyProblem.REFUSED, None, "kie.ai rejected the key."),
        (KeyProblem.LIMIT_REACHED, "No more.", "No more."),
    ],
)
def test_the_text(problem: KeyProblem | None, detail: str | None, expected: str | None) -> None:
    assert key_problem_text(state(problem, detail)) == expected


@pytest.mark.parametrize("problem", KeyProblem)
def test_nothing_is_queued_for_a_key_that_cannot_be_used(problem: KeyProblem) -> None:
    providers: Any = SimpleNamespace(state=lambda: state(problem))
    with pytest.raises(AuthFailed) as raised:
        refuse_without_key(providers, ProviderKind.KIE)
    assert raised.value.message == key_problem_text(state(problem))
    refuse_without_key(providers, "another")  # has a key of its own, or needs none
