"""Unknown query parameters are rejected: a mistyped filter would otherwise match everything."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from starlette.datastructures import QueryParams
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from kaimedia.errors import InvalidRequest

_MAX_NAME_CHARS = 80


class KnownParametersOnly:
    """ASGI app of a route: checks the query of a request against the route's parameters before it is answered.

    Reading a single item accepts any query: ignoring a parameter cannot match too much there.
    """

    def __init__(self, route: APIRoute) -> None:
        self._app = route.app
        self._known = _known(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request.

        Raises:
            InvalidRequest: a parameter is unknown or given more than once.
        """
        is_one_item = scope["method"] == "GET" and bool(scope["path_params"])
        if scope["query_string"] and not is_one_item:
            self._check(QueryParams(scope["query_string"]))
        await self._app(scope, receive, send)

    def _check(self, query: QueryParams) -> None:
        seen = set()
        for name, _ in query.multi_items():
            if name not in self._known:
                raise _unknown(name, self._known)
            if name in seen:
                raise InvalidRequest(f"“{name}” is given more than once.", field=name, next_step="Send it only once.")
            seen.add(name)


def reject_unknown_parameters(route: BaseRoute) -> None:
    """From now on, the route rejects unknown query parameters."""
    assert isinstance(route, APIRoute)
    route.app = KnownParametersOnly(route)


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
