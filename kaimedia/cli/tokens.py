"""`python -m kaimedia tokens`: list, create and revoke API tokens."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from typing import Any

from kaimedia.cli.exits import Exit
from kaimedia.cli.output import answer_json, moment, one_line, say
from kaimedia.cli.runner import open_app
from kaimedia.domain.api_token import ALL_SCOPES, ApiToken, TokenScope, scopes_in_order
from kaimedia.domain.limits import LimitScope, SpendingLimit
from kaimedia.studio import ConfiguredToken


def tokens(args: Namespace) -> Exit:
    """Create or revoke a token if asked to, else list all.

    Raises:
        InvalidRequest: the name or the limit is invalid.
        NotFound: there is no token with this id.
    """
    with open_app(runs_tasks=False) as context:
        studio = context.studio
        if args.action == "create":
            scopes = {TokenScope(scope) for scope in args.scope} or ALL_SCOPES
            secret, token = studio.tokens.create(args.name, scopes)
            if args.limit_per_month is not None:
                limit = SpendingLimit(LimitScope.MONTH, credits=args.limit_per_month, token_id=token.token_id)
                studio.limits.save_one(limit)
            if args.json:
                answer_json(_document(token) | {"token": secret})
            else:
                say(f"Copy it now; only its hash is stored. Its id is {token.token_id}.")
                print(secret)
            return Exit.DONE
        if args.action == "revoke":
            studio.tokens.revoke(args.id)
            say("Revoked. Requests with this token are now rejected.")
        configured, found = studio.tokens.configured(), studio.tokens.valid()
    if args.json:
        items = [_document(token) for token in found]
        answer_json({"items": items + ([_configured(configured)] if configured else [])})
        return Exit.DONE
    for token in found:
        used = f"used {token.last_used_at:%Y-%m-%d}" if token.last_used_at else "never used"
        print(f"{token.token_id}  {one_line(token.name, 30):30}  {_scopes(token.scopes)}  {used}")
    if configured:
        print(f"{configured.token_id}  {'KAIMEDIA_API_TOKEN':30}  {_scopes(ALL_SCOPES)}  {configured.source}")
    if not found and not configured:
        say("There are no API tokens: only this machine can use the API. `tokens create NAME` adds one.")
    return Exit.DONE


def _document(token: ApiToken) -> dict[str, Any]:
    return {
        **{"token_id": token.token_id, "name": token.name, "hint": token.hint, "source": "settings"},
        **{"scopes": scopes_in_order(token.scopes), "made_at": moment(token.made_at)},
        "last_used_at": moment(token.last_used_at),
    }


def _configured(token: ConfiguredToken) -> dict[str, Any]:
    return {
        **{"token_id": token.token_id, "name": "KAIMEDIA_API_TOKEN", "hint": token.hint, "source": token.source},
        **{"scopes": list(TokenScope), "made_at": None, "last_used_at": None},
    }


def _scopes(scopes: Iterable[TokenScope]) -> str:
    return f"{','.join(scopes_in_order(scopes)):20}"
