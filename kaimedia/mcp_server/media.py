"""The tools about the gallery: search it, and see one item."""

from __future__ import annotations

import base64

from mcp_types import ContentBlock, ImageContent, ResourceLink
from pydantic import Field

from kaimedia.api.reference_schema import MediaId
from kaimedia.api.schemas import Out
from kaimedia.domain import Media, MediaQuery, Modality, Sort
from kaimedia.mcp_server.answers import MediaAnswer, MediaDetail, media_uri
from kaimedia.mcp_server.call import Call
from kaimedia.mcp_server.tool import Arguments, Reply, Tool

_MAX_THUMBNAIL_BYTES = 2_000_000


class SearchMedia(Arguments):
    """The arguments of search_media."""

    q: str = Field(default="", max_length=200, description="Beginnings of words in the prompt; put phrases in quotes.")
    type: Modality | None = Field(default=None, description="Only images, or only videos.")
    model: str | None = Field(default=None, max_length=80)
    tag: str | None = Field(default=None, max_length=40)
    favorite: bool = Field(default=False, description="Only favorites.")
    sort_by: Sort = Sort.NEWEST
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, description="`next_cursor` of the previous page, with the same arguments.")


class MediaPage(Out):
    """One page of the gallery."""

    items: list[MediaAnswer]
    next_cursor: str | None = Field(description="For the next page; null on the last.")
    total: int = Field(description="Of all pages.")


class GetMedia(Arguments):
    """The arguments of get_media."""

    media_id: MediaId
    large: bool = Field(default=False, description="A thumbnail of 1,024 pixels instead of 512.")


def search_media(call: Call, wanted: SearchMedia) -> Reply:
    """Finished items that match."""
    query = MediaQuery(
        media_type=wanted.type,
        model=wanted.model,
        favorites_only=wanted.favorite,
        text=wanted.q or None,
        sort=wanted.sort_by,
        tag=wanted.tag or None,
        limit=wanted.limit,
        cursor=wanted.cursor,
    )
    page = call.studio.gallery.page(query)
    tags = call.studio.collections.tags_of([item.id for item in page.items])
    items = [MediaAnswer.of(item, list(tags.get(item.id, ()))) for item in page.items]
    return Reply(MediaPage(items=items, next_cursor=page.next_cursor, total=page.total))


def get_media(call: Call, wanted: GetMedia) -> Reply:
    """One item: its thumbnail as an image, and a link to the original."""
    studio = call.studio
    item = studio.gallery.get(wanted.media_id)
    tags = studio.collections.tags_of([item.id]).get(item.id, ())
    answer = MediaDetail(**MediaAnswer.of(item, list(tags)).model_dump(), actions=studio.next_steps.possible(item))
    return Reply(answer, _shown(call, item, is_large=wanted.large))


def _shown(call: Call, item: Media, *, is_large: bool) -> tuple[ContentBlock, ...]:
    if item.filename is None:
        return ()
    link = ResourceLink(
        name=item.filename, uri=media_uri(item.id), title="The original", mime_type=item.mime_type, size=item.size_bytes
    )
    name = (item.thumbnail_large_path if is_large else None) or item.thumbnail_path
    data = call.studio.gallery.bytes_of_file(name, _MAX_THUMBNAIL_BYTES) if name else None
    if data is None:
        return (link,)
    return (ImageContent(data=base64.b64encode(data).decode(), mime_type="image/webp"), link)


TOOLS: tuple[Tool[SearchMedia] | Tool[GetMedia], ...] = (
    Tool(
        "search_media",
        "Search the gallery",
        "Finished images and videos of the gallery, newest first.",
        SearchMedia,
        MediaPage,
        run=search_media,
    ),
    Tool(
        "get_media",
        "See an item",
        "One image or video of the gallery: a thumbnail to look at, links to the original, and what can be done next.",
        GetMedia,
        MediaDetail,
        run=get_media,
    ),
)
