"""Unknown query parameters are rejected: a mistyped filter would otherwise match everything."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from fastapi import Depends, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute

from kaimedia.errors import InvalidRequest

_MAX_NAME_CHARS = 80


async def known_parameters_only(request: Request) -> None:
    """Check the query of a request against the parameters of its route.

    Reading a single item accepts any query: ignoring a parameter cannot match too much there.

    Raises:
        InvalidRequest: a parameter is unknown or given more than once.
    """
    is_one_item = request.method == "GET" and bool(request.path_params)
    if is_one_item or not request.query_params:
        return
    known, seen = _known(request.scope["route"]), set()
    for name, _ in request.query_params.multi_items():
        if name not in known:
            raise _unknown(name, known)
        if name in seen:
            raise InvalidRequest(f"“{name}” is given more than once.", field=name, next_step="Send it only once.")
        seen.add(name)


KNOWN_ONLY = Depends(known_parameters_only)


def _known(route: APIRoute) -> list[str]:
    fields = get_flat_params(route.dependant)
    return [field.alias for field in fields if isinstance(field.field_info, Query)]


def _unknown(name: str, known: Sequence[str]) -> InvalidRequest:
    shown = "".join(character for character in name if character.isprintable())[:_MAX_NAME_CHARS]
    near = get_close_matches(name, known, 1)
    hint = f" Did you mean “{near[0]}”?" if near else ""
    return InvalidRequest(
        f"“{shown}” is not a query parameter of this route.{hint}",
        field=shown,
        next_step=f"The route accepts: {', '.join(known) or 'none'}. Nothing was changed.",
    )
