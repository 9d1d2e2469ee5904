"""Query parameters that a route does not take: refused, because a mistyped filter would otherwise give everything."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from fastapi import Depends, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute

from kaimedia.errors import InvalidRequest

_LONGEST_NAME = 80


async def known_parameters_only(request: Request) -> None:
    """Hold the query of a call against the parameters of its route.

    Reading one item takes any query: there, nothing that is passed over gives more than was meant.

    Raises:
        InvalidRequest: naming a parameter that the route does not take, or that is given more than once.
    """
    is_one_item = request.method == "GET" and bool(request.path_params)
    if is_one_item or not request.query_params:
        return
    taken, seen = _taken(request.scope["route"]), set()
    for name, _ in request.query_params.multi_items():
        if name not in taken:
            raise _unknown(name, taken)
        if name in seen:
            raise InvalidRequest(f"“{name}” is given more than once.", field=name, next_step="Give it once.")
        seen.add(name)


KNOWN_ONLY = Depends(known_parameters_only)


def _taken(route: APIRoute) -> list[str]:
    fields = get_flat_params(route.dependant)
    return [field.alias for field in fields if isinstance(field.field_info, Query)]


def _unknown(name: str, taken: Sequence[str]) -> InvalidRequest:
    shown = "".join(character for character in name if character.isprintable())[:_LONGEST_NAME]
    near = get_close_matches(name, taken, 1)
    hint = f" Did you mean “{near[0]}”?" if near else ""
    return InvalidRequest(
        f"“{shown}” is not a query parameter of this route.{hint}",
        field=shown,
        next_step=f"It takes {', '.join(taken) or 'none'}. Nothing was changed.",
    )
