"""Why nothing can be sent with the provider's key, as a sentence; the same on all surfaces."""

from __future__ import annotations

from kaimedia.domain import ProviderKind
from kaimedia.errors import AuthFailed
from kaimedia.jobs.key_check import KeyProblem
from kaimedia.jobs.providers import Providers, ProviderState
from kaimedia.providers.registry import label_of, starting_label_of

_TEXTS = {
    KeyProblem.MISSING: "No {provider} key is set. Add it in Settings.",
    KeyProblem.UNREADABLE: "The saved key can no longer be read because the secret key has changed. Enter it again.",
    KeyProblem.SECRET_KEY_UNUSABLE: "The saved key cannot be read. {detail}",
    KeyProblem.REFUSED: "{detail}",
    KeyProblem.LIMIT_REACHED: "{detail}",
}


def key_problem_text(state: ProviderState) -> str | None:
    """Why nothing can be sent; None if it can."""
    if state.problem is None:
        return None
    detail = state.problem_detail or f"{starting_label_of(state.kind)} rejected the key."
    return _TEXTS[state.problem].format(provider=label_of(state.kind), detail=detail)


def refuse_without_key(providers: Providers, provider: str) -> None:
    """Refuse to queue a task that could not be sent.

    Raises:
        AuthFailed: the provider's key is missing or was rejected.
    """
    if provider not in (ProviderKind.KIE, ProviderKind.SANDBOX):
        return
    if problem := key_problem_text(providers.state()):
        raise AuthFailed(problem, next_step="Open Settings. Nothing was sent.")
