"""Upload an input of a task to kie.ai's upload host, which stores it for three days, free of charge.

Source: docs.kie.ai, file upload API, state of 2026-10.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from pathlib import Path

from kaimedia.errors import ReferenceRejected, RequestRejected, UnexpectedResponse
from kaimedia.providers.http.multipart import MultipartFile
from kaimedia.providers.kie.http.transport import Transport
from kaimedia.providers.kie.parsing import rejections
from kaimedia.providers.kie.parsing.envelope import Envelope
from kaimedia.providers.kie.parsing.links import read_links

_FOLDER = "kai-media"
_MAX_BASE64_BYTES = 10 * 1024 * 1024
# The host serves a file with the type of its extension, and Veo fails late if the bytes are of another type.
_EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/bmp": "bmp",
    "image/tiff": "tiff",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/x-ms-wma": "wma",
}
_LINK_NAMES = ("downloadUrl", "fileUrl", "url")


def upload(transport: Transport, path: Path, mime_type: str) -> str:
    """Upload a file and return its link at the provider.

    File names are unique: reusing one overwrites the file, and the old bytes may be served for a while.

    Raises:
        ReferenceRejected: the provider does not accept this type, or the host rejected the file.
        AuthFailed, RateLimited, ProviderUnavailable: as for any call.
        UnexpectedResponse: accepted, but no link was returned.
    """
    extension = _EXTENSIONS.get(mime_type)
    if extension is None:
        raise ReferenceRejected(f"kie.ai does not accept files of type {mime_type[:60]}.")
    file_name = f"{uuid.uuid4().hex}.{extension}"
    fields = {"uploadPath": _FOLDER, "fileName": file_name}
    try:
        if path.stat().st_size > _MAX_BASE64_BYTES:
            form = MultipartFile(fields, path, file_name, mime_type)
            return uploaded_link(transport.upload("/api/file-stream-upload", form=form))
        encoded = base64.b64encode(path.read_bytes()).decode("ascii")
    except OSError as error:
        raise ReferenceRejected("The reference file can no longer be read.") from error
    return uploaded_link(transport.upload("/api/file-base64-upload", body={"base64Data": encoded, **fields}))


def uploaded_link(envelope: Envelope) -> str:
    """The link in the reply to an upload. Raises like `upload`."""
    code = envelope.effective_code
    if envelope.http_status >= 400 or code != 200 or not envelope.is_json or envelope.root.get("success") is False:
        raise _refused(envelope, code)
    for place in (envelope.data, envelope.root):
        if isinstance(place, Mapping):
            for name in _LINK_NAMES:
                links = read_links(place.get(name))
                if links:
                    return links[0]
    raise UnexpectedResponse("kie.ai accepted the reference file but returned no link to it.")


def _refused(envelope: Envelope, code: int) -> Exception:
    text = envelope.message or envelope.text_excerpt
    if not envelope.is_json and code < 400:
        code = 500
    elif envelope.http_status >= 400 and code == 200:
        code = envelope.http_status
    error = rejections.read_rejection(code if code != 200 else 400, text, retry_after_s=envelope.retry_after_s)
    if isinstance(error, RequestRejected):
        summary = "kie.ai did not accept the reference file."
        return ReferenceRejected(rejections.sentence(summary, text), provider_code=error.provider_code)
    return error
