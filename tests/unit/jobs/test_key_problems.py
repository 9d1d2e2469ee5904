"""Why nothing can be sent with the key, as a code and as a sentence."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kaimedia.domain import ProviderName
from kaimedia.errors import AuthFailed
from kaimedia.jobs.key_check import KeyCheck, KeyProblem
from kaimedia.jobs.provider_state import ProviderState
from kaimedia.studio import key_problem_text
from kaimedia.studio.key_problems import refuse_without_key


def state(problem: KeyProblem | None, detail: str | None = None) -> ProviderState:
    return ProviderState(ProviderName.KIE, "settings", None, KeyCheck(), problem, detail)


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
    providers: Any = SimpleNamespace(state_of=lambda name: state(problem))
    with pytest.raises(AuthFailed) as raised:
        refuse_without_key(providers, ProviderName.KIE)
    shown = key_problem_text(state(problem))
    assert shown and shown.startswith(raised.value.message) and raised.value.next_step.endswith("Nothing was sent.")
