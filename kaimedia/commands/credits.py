"""`python -m kaimedia credits`: the balance, asked for now; the call is free."""

from __future__ import annotations

from argparse import Namespace

from kaimedia.commands.door import opened
from kaimedia.commands.exits import Exit
from kaimedia.commands.output import answer_json, moment
from kaimedia.errors import AuthFailed, ProviderUnavailable
from kaimedia.studio import KeyCheck, ProviderState


def credits(chosen: Namespace) -> Exit:
    """Ask the provider in use and say who it is.

    Raises:
        AuthFailed: there is no key, or it is refused.
        ProviderUnavailable: the provider did not answer.
    """
    with opened(works=False) as house:
        check, provider = house.studio.check_key(), house.studio.provider_state()
    if check.is_ok is False:
        raise AuthFailed(check.message or "The key was refused.")
    if check.is_ok is None:
        raise ProviderUnavailable(
            check.message or "The provider did not answer.", next_step="Try again in a minute. Asking is free."
        )
    if chosen.json:
        answer_json(_document(check, provider))
    else:
        print(f"provider  {_who(provider)}")
        print(f"balance   {_amount(check)}")
    return Exit.DONE


def _document(check: KeyCheck, provider: ProviderState) -> dict[str, object]:
    """As `POST /api/credits/check` answers."""
    return {
        "provider": provider.kind.value,
        "credits": check.balance_credits,
        "checked_at": moment(check.checked_at),
        "is_refreshing": False,
        "problem": provider.problem or check.message,
    }


def _who(provider: ProviderState) -> str:
    if provider.is_sandbox:
        return "sandbox: nothing is charged"
    hint = f" •••• {provider.key_hint}" if provider.key_hint else ""
    return f"kie.ai, key{hint} from {provider.key_source}"


def _amount(check: KeyCheck) -> str:
    return "not told" if check.balance_credits is None else f"{check.balance_credits:,g} credits"
