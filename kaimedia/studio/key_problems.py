"""Why nothing can be sent with a provider's key, as a sentence; the same on all surfaces."""

from __future__ import annotations

from kaimedia.errors import AuthFailed
from kaimedia.jobs.key_check import KeyProblem
from kaimedia.jobs.provider_state import ProviderState
from kaimedia.jobs.providers import Providers
from kaimedia.providers.registry import key_setting_of, label_of, starting_label_of

_TEXTS = {
    KeyProblem.MISSING: "No {provider} key is set. Add it in Settings.",
    KeyProblem.UNREADABLE: "The saved key can no longer be read because the secret key has changed. Enter it again.",
    KeyProblem.SECRET_KEY_UNUSABLE: "The saved key cannot be read. {detail}",
    KeyProblem.REFUSED: "{detail}",
    KeyProblem.LIMIT_REACHED: "{detail}",
    KeyProblem.SANDBOX_ONLY: "KAIMEDIA_PROVIDER is sandbox, so nothing is sent to {provider}.",
}
_MISSING_IN_SETTING = "No {provider} key is set."
# For a key that cannot be entered on the Settings page.
_STEPS = {
    KeyProblem.MISSING: "Set {setting} and restart.",
    KeyProblem.REFUSED: "Correct {setting} and restart.",
    KeyProblem.LIMIT_REACHED: "Raise the key’s limit at {provider}, or correct {setting} and restart.",
    KeyProblem.SANDBOX_ONLY: "Set it to auto and restart.",
}


def key_problem_text(state: ProviderState) -> str | None:
    """Why nothing can be sent, and for a key from a setting also what to do; None if it can."""
    message, step = _parts(state)
    return f"{message} {step}".strip() or None


def refuse_without_key(providers: Providers, provider: str) -> None:
    """Refuse to queue a task that could not be sent.

    Raises:
        AuthFailed: the provider's key is missing or was rejected, or KAIMEDIA_PROVIDER excludes it.
    """
    message, step = _parts(providers.state_of(provider))
    if message:
        raise AuthFailed(message, next_step=f"{step or 'Open Settings.'} Nothing was sent.")


def key_location(provider: str) -> str:
    """Where a provider's key is corrected: "Settings", or the name of its setting, which is read at startup."""
    setting = key_setting_of(provider)
    return f"{setting} and restart" if setting else "Settings"


def _parts(state: ProviderState) -> tuple[str, str]:
    """Why nothing can be sent, and what to do if that is not done on the Settings page; both may be empty."""
    if state.problem is None:
        return "", ""
    setting = key_setting_of(state.name)
    is_elsewhere = bool(setting) or state.problem is KeyProblem.SANDBOX_ONLY
    text = _MISSING_IN_SETTING if setting and state.problem is KeyProblem.MISSING else _TEXTS[state.problem]
    detail = state.problem_detail or f"{starting_label_of(state.name)} rejected the key."
    step = _STEPS.get(state.problem, "") if is_elsewhere else ""
    provider = label_of(state.name)
    return text.format(provider=provider, detail=detail), step.format(provider=provider, setting=setting)
