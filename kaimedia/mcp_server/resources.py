"""Resources: the files of the gallery, and the models."""

from __future__ import annotations

import base64
import re

from mcp import MCPError
from mcp_types import (
    INVALID_PARAMS,
    BlobResourceContents,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from kaimedia.domain import Media, MediaQuery
from kaimedia.errors import NotFound, TooLarge
from kaimedia.mcp_server.answers import SCHEME, media_uri
from kaimedia.mcp_server.call import Call, link_to
from kaimedia.mcp_server.catalog import DescribeModel, ListModels, describe_model, list_models

MODELS_URI = f"{SCHEME}://models"
MAX_BYTES = 8_000_000  # a larger file has a link: as base64 in JSON, it takes many times its size of memory
_PAGE = 50
_JSON = "application/json"
_MEDIA = re.compile(rf"{SCHEME}://media/([0-9]{{1,10}})")
_MODEL = re.compile(rf"{SCHEME}://models/(.{{1,200}})")


def templates() -> ListResourceTemplatesResult:
    """The addresses that can be read."""
    media = ResourceTemplate(
        name="media",
        title="An image or video",
        uri_template=f"{SCHEME}://media/{{media_id}}",
        description="The original file of an item of the gallery.",
    )
    model = ResourceTemplate(
        name="model",
        title="A model",
        uri_template=f"{SCHEME}://models/{{+model}}",
        description="All settings of a model, with the JSON Schema of a request.",
        mime_type=_JSON,
    )
    return ListResourceTemplatesResult(resource_templates=[media, model])


def listed(call: Call, cursor: str | None) -> ListResourcesResult:
    """The models, then the finished items of the gallery, newest first, page by page."""
    page = call.studio.gallery.page(MediaQuery(limit=_PAGE, cursor=cursor))
    models = Resource(name="models", title="All models", uri=MODELS_URI, mime_type=_JSON)
    return ListResourcesResult(
        resources=[*([] if cursor else [models]), *map(_resource, page.items)], next_cursor=page.next_cursor
    )


def is_file(uri: str) -> bool:
    """Whether this is the address of a file of the gallery."""
    return _MEDIA.fullmatch(uri) is not None


def read(call: Call, uri: str) -> ReadResourceResult:
    """A file or a document.

    Raises:
        NotFound: there is none.
        MCPError: the file is too large.
    """
    if uri == MODELS_URI:
        return _document(uri, list_models(call, ListModels(limit=200)).answer.model_dump_json())
    if found := _MODEL.fullmatch(uri):
        return _document(uri, describe_model(call, DescribeModel(model=found[1])).answer.model_dump_json())
    if found := _MEDIA.fullmatch(uri):
        item = call.studio.gallery.get(int(found[1]))
        if item.filename is None:
            raise NotFound("This item has no file yet.")
        return _file(call, uri, item, item.filename)
    raise NotFound("There is no such resource.", next_step="List the resources, or call search_media.")


def _file(call: Call, uri: str, item: Media, filename: str) -> ReadResourceResult:
    if (item.size_bytes or 0) > MAX_BYTES:
        link = link_to(filename, download=True)
        step = f"Download it from {link}" if link else f"Get it with `python -m kaimedia get {item.id} -o FILE`."
        message = (
            f"A resource has at most {MAX_BYTES / 1e6:g} MB, this file has {(item.size_bytes or 0) / 1e6:,.1f} MB."
        )
        raise MCPError(INVALID_PARAMS, f"{message} {step}", {"code": TooLarge.facts.code, "next_step": step})
    data = call.studio.gallery.bytes_of_file(filename, MAX_BYTES)
    if data is None:
        raise NotFound("The file of this item is missing.")
    blob = BlobResourceContents(uri=uri, mime_type=item.mime_type, blob=base64.b64encode(data).decode())
    return ReadResourceResult(contents=[blob])


def _document(uri: str, text: str) -> ReadResourceResult:
    return ReadResourceResult(contents=[TextResourceContents(uri=uri, mime_type=_JSON, text=text)])


def _resource(item: Media) -> Resource:
    return Resource(
        name=item.filename or str(item.id),
        title=item.prompt[:80] or f"Item {item.id}",
        uri=media_uri(item.id),
        mime_type=item.mime_type,
        size=item.size_bytes,
    )
