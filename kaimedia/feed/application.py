"""The routes: `page`, `outline`, `items`, `details`, `labels`, `archive`. Reading happens on worker threads."""

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

from kaimedia import bootstrap
from kaimedia.domain import MediaQuery, Outline
from kaimedia.errors import KaimediaError
from kaimedia.feed import answers, archive, details, items, query
from kaimedia.studio import Studio

KEPT_OUTLINES = 8
MOST_LABELS = 500  # of each kind, for suggestions
Answer = Callable[[Request, Studio], Response]


class _Kept:
    """The outlines last asked for, as they go out; a thread's wait is shorter than doing the work twice."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._bodies: OrderedDict[tuple[Any, ...], tuple[bytes, bytes]] = OrderedDict()

    def get(self, key: tuple[Any, ...], make: Callable[[], bytes]) -> tuple[bytes, bytes]:
        """Plain and packed body of that key."""
        with self._guard:
            found = self._bodies.get(key)
            if found is None:
                body = make()
                found = self._bodies[key] = body, answers.packed(body)
            self._bodies.move_to_end(key)
            while len(self._bodies) > KEPT_OUTLINES:
                self._bodies.popitem(last=False)
            return found


_kept = _Kept()


def _page(request: Request, studio: Studio) -> Response:
    items, next_cursor = studio.some_media(query.read(request.query_params))
    return _document(request, {"items": _items(studio, items), "more": next_cursor is not None})


def _outline(request: Request, studio: Studio) -> Response:
    asked = replace(query.read(request.query_params), limit=0)
    key = studio, asked, studio.gallery_revision()
    plain, packed = _kept.get(key, lambda: answers.encoded(_outlined(studio, asked)))
    return answers.of_body(packed if _takes_gzip(request) else plain, is_packed=_takes_gzip(request))


def _outlined(studio: Studio, asked: MediaQuery) -> dict[str, Any]:
    outline: Outline = studio.outline(asked)
    return {
        "ids": [*outline.ids[:1], *(after - before for before, after in pairwise(outline.ids))],
        "ratios": outline.ratios,
        "months": outline.months,
        "total": outline.total,
    }


def _some(request: Request, studio: Studio) -> Response:
    ids = query.many_ids(request.query_params.get("ids"), query.MOST_ITEMS)
    return _document(request, {"items": _items(studio, studio.media_by_ids(ids))})


def _details(request: Request, studio: Studio) -> Response:
    return _document(request, details.of(studio, query.one_id(request.query_params.get("id"))))


def _labels(request: Request, studio: Studio) -> Response:
    """What items can be put under: the tags most used, and every collection."""
    known = [{"id": each.id, "name": each.name} for each in studio.collections()[:MOST_LABELS]]
    return _document(request, {"tags": [tag for tag, _ in studio.tags()[:MOST_LABELS]], "collections": known})


def _items(studio: Studio, media: Any) -> list[dict[str, Any]]:
    labels = {spec.id: spec.label for spec in studio.models()}
    return [items.item(each, labels) for each in media]


def _document(request: Request, document: Any) -> Response:
    return answers.of_document(document, takes_gzip=_takes_gzip(request))


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def _answered(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint: the key is looked at first; errors of the house become answers."""

    def work(request: Request) -> Response:
        try:
            is_open = bootstrap.gallery_is_open_to(request.url.query, request.headers.get("authorization", ""))
        except KaimediaError:  # who asks cannot be told from a stranger
            return answers.of_words(503, "closed", "The studio cannot answer at the moment.", "Reload the page.")
        if not is_open:
            return answers.of_words(403, "forbidden", "This page is no longer signed in.", "Reload the page.")
        try:
            return answer(request, bootstrap.studio())
        except KaimediaError as error:
            return answers.of_error(error)

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(work, request)

    return endpoint


async def _of_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = answers.of_words(error.status_code, "not_here", f"{error.detail}.", "Reload the page.")
    response.headers.update(error.headers or {})
    return response


app = Starlette(
    routes=[
        Route("/page", _answered(_page)),
        Route("/outline", _answered(_outline)),
        Route("/items", _answered(_some)),
        Route("/details", _answered(_details)),
        Route("/labels", _answered(_labels)),
        Route("/archive", archive.endpoint, methods=["POST"]),
    ],
    exception_handlers={HTTPException: _of_http},
)
app.router.redirect_slashes = False
