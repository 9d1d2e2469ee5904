"""`python -m kaimedia credits`: the balance, fetched now; the call is free."""

from __future__ import annotations

from argparse import Namespace

from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, moment
from kaimedia.cli.runner import open_app
from kaimedia.errors import AuthFailed, ProviderUnavailable
from kaimedia.providers.registry import label_of
from kaimedia.studio import KeyCheck, ProviderState, key_problem_text


def credits(args: Namespace) -> Exit:
    """Print the current provider and its balance.

    Raises:
        AuthFailed: there is no key, or it was rejected.
        ProviderUnavailable: the provider did not answer.
    """
    with open_app(runs_tasks=False) as context:
        check, provider = context.studio.account.check_key(), context.studio.account.state()
    if check.is_refused:
        raise AuthFailed(check.message or "The key was rejected.")
    if not check.is_accepted:
        raise ProviderUnavailable(
            check.message or "The provider did not respond.", next_step="Try again in a minute. Checking is free."
        )
    if args.json:
        answer_json(_document(check, provider))
    else:
        print(f"provider  {_provider_label(provider)}")
        print(f"balance   {_amount(check)}")
    return Exit.DONE


def _document(check: KeyCheck, provider: ProviderState) -> dict[str, object]:
    """As returned by `POST /api/credits/check`."""
    return {
        "provider": provider.name,
        "credits": check.balance_credits,
        "checked_at": moment(check.checked_at),
        "is_refreshing": False,
        "problem": key_problem_text(provider) or check.message,
    }


def _provider_label(provider: ProviderState) -> str:
    if provider.is_sandbox:
        return "sandbox: nothing is charged"
    hint = f" •••• {provider.key_hint}" if provider.key_hint else ""
    return f"{label_of(provider.name)}, key{hint} from {provider.key_source}"


def _amount(check: KeyCheck) -> str:
    return "unknown" if check.balance_credits is None else f"{check.balance_credits:,g} credits"
