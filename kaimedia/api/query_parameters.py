"""Unknown query parameters are rejected: a mistyped filter would otherwise match everything."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from copy import copy
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache, partial, wraps
from inspect import iscoroutinefunction
from typing import Any

from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute, request_response
from starlette.datastructures import QueryParams
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from kaimedia.api import request_threads
from kaimedia.errors import InvalidRequest

KEPT_APPS = 50  # of one route, by the parameters given
_MAX_NAME_CHARS = 80


class KnownParametersOnly:
    """ASGI app of a route: checks the query of a request against the route's parameters before it is answered.

    Reading a single item accepts any query: ignoring a parameter cannot match too much there.
    """

    def __init__(self, route: APIRoute) -> None:
        self._route = route
        self._known = _known(route)
        self._app_for = lru_cache(KEPT_APPS)(self._make_app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request.

        Raises:
            InvalidRequest: a parameter is unknown or given more than once.
        """
        query = QueryParams(scope["query_string"])
        is_one_item = scope["method"] == "GET" and bool(scope["path_params"])
        if not is_one_item:
            self._check(query)
        await self._app_for(frozenset(name for name in query if name in self._known))(scope, receive, send)

    def _check(self, query: QueryParams) -> None:
        seen = set()
        for name, _ in query.multi_items():
            if name not in self._known:
                raise _unknown(name, self._known)
            if name in seen:
                raise InvalidRequest(f"“{name}” is given more than once.", field=name, next_step="Send it only once.")
            seen.add(name)

    def _make_app(self, given: frozenset[str]) -> ASGIApp:
        """The route without the parameters that are not given: for those, the function has the default.

        FastAPI takes longer to find that out, for each of them, than the gallery's page takes to be read; and it
        would run the function on anyio's threads, which take twice as long to change to.
        """
        route = copy(self._route)
        of_query = [
            each for each in route.dependant.query_params if each.alias in given or each.field_info.is_required()
        ]
        call = route.dependant.call
        assert call is not None
        on_thread = call if iscoroutinefunction(call) else _on_thread(call)
        route.dependant = replace(route.dependant, query_params=of_query, call=on_thread)
        return request_response(route.get_route_handler())


def reject_unknown_parameters(route: BaseRoute) -> None:
    """From now on, the route rejects unknown query parameters."""
    assert isinstance(route, APIRoute)
    route.app = KnownParametersOnly(route)


def _on_thread(call: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
    @wraps(call)
    async def run(**values: Any) -> Any:
        return await request_threads.run(partial(call, **values))

    return run


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
