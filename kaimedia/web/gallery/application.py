"""The routes: `page`, `index`, `items`, `details`, `labels`, `archive`. They read on worker threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaimedia import runtime
from kaimedia.domain import IdIndex, MediaQuery
from kaimedia.errors import KaimediaError
from kaimedia.studio import Studio
from kaimedia.web.gallery import archive, details, items, query, responses

CACHED_INDEXES = 8
MAX_LABELS = 500  # of each kind, for suggestions
Answer = Callable[[Request, Studio], Response]


class _Cache:
    """The most recent response bodies; waiting for the lock is faster than building one twice."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bodies: OrderedDict[tuple[Any, ...], tuple[bytes, bytes]] = OrderedDict()

    def get(self, key: tuple[Any, ...], make: Callable[[], bytes]) -> tuple[bytes, bytes]:
        """The plain and the compressed body for a key."""
        with self._lock:
            found = self._bodies.get(key)
            if found is None:
                body = make()
                found = self._bodies[key] = body, responses.gzipped(body)
            self._bodies.move_to_end(key)
            while len(self._bodies) > CACHED_INDEXES:
                self._bodies.popitem(last=False)
            return found


_cache = _Cache()


def _page(request: Request, studio: Studio) -> Response:
    items, next_cursor = studio.gallery.window(query.read(request.query_params))
    return _document(request, {"items": _items(studio, items), "more": next_cursor is not None})


def _id_index(request: Request, studio: Studio) -> Response:
    id_query = replace(query.read(request.query_params), limit=0)
    key = studio, id_query, studio.gallery.change_count()
    plain, gzipped = _cache.get(key, lambda: responses.encoded(_id_document(studio, id_query)))
    return responses.of_body(gzipped if _takes_gzip(request) else plain, is_gzipped=_takes_gzip(request))


def _id_document(studio: Studio, id_query: MediaQuery) -> dict[str, Any]:
    id_index: IdIndex = studio.gallery.id_index(id_query)
    return {
        "ids": [*id_index.ids[:1], *(after - before for before, after in pairwise(id_index.ids))],
        "ratios": id_index.ratios,
        "months": id_index.months,
        "total": id_index.total,
    }


def _some(request: Request, studio: Studio) -> Response:
    ids = query.many_ids(request.query_params.get("ids"), query.MAX_ITEMS)
    return _document(request, {"items": _items(studio, studio.gallery.by_ids(ids))})


def _details(request: Request, studio: Studio) -> Response:
    return _document(request, details.of(studio, query.one_id(request.query_params.get("id"))))


def _labels(request: Request, studio: Studio) -> Response:
    """Suggestions: the most used tags, and the collections."""
    known = [{"id": each.id, "name": each.name} for each in studio.collections.all()[:MAX_LABELS]]
    return _document(
        request, {"tags": [tag for tag, _ in studio.collections.tags()[:MAX_LABELS]], "collections": known}
    )


def _items(studio: Studio, media: Any) -> list[dict[str, Any]]:
    labels = {spec.id: spec.label for spec in studio.catalog.models()}
    return [items.item(each, labels) for each in media]


def _document(request: Request, document: Any) -> Response:
    return responses.of_document(document, takes_gzip=_takes_gzip(request))


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def _answered(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that checks access first and turns errors of the app into responses."""

    def work(request: Request) -> Response:
        try:
            is_open = runtime.gallery_is_open_to(request.url.query, request.headers.get("authorization", ""))
        except KaimediaError:  # access cannot be checked
            return responses.of_text(503, "closed", "The studio is unavailable at the moment.", "Reload the page.")
        if not is_open:
            return responses.of_text(403, "forbidden", "This page is no longer signed in.", "Reload the page.")
        try:
            return answer(request, runtime.studio())
        except KaimediaError as error:
            return responses.of_error(error)

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(work, request)

    return endpoint


async def _of_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = responses.of_text(error.status_code, "not_here", f"{error.detail}.", "Reload the page.")
    response.headers.update(error.headers or {})
    return response


app = Starlette(
    routes=[
        Route("/page", _answered(_page)),
        Route("/index", _answered(_id_index)),
        Route("/outline", _answered(_id_index)),  # its name in pages of earlier versions that are still open
        Route("/items", _answered(_some)),
        Route("/details", _answered(_details)),
        Route("/labels", _answered(_labels)),
        Route("/archive", archive.endpoint, methods=["POST"]),
    ],
    exception_handlers={HTTPException: _of_http},
)
app.router.redirect_slashes = False
