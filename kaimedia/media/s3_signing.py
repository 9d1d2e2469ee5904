"""Links to objects of an S3 bucket that work without a key: query strings with a signature, AWS's version 4."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, unquote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An access key; `token` belongs to a temporary one."""

    key_id: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


def signed_url(
    url: str, region: str, key: SigningKey, *, at: datetime, life_s: int, query: Mapping[str, str] | None = None
) -> str:
    """`url` signed for GET, from `at` (UTC) on for `life_s` seconds, with `query`, such as headers of the response."""
    parts = urlsplit(url)
    path = quote(unquote(parts.path), safe="/-_.~")
    scope = f"{at:%Y%m%d}/{region}/s3/aws4_request"
    signed = {
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{key.key_id}/{scope}",
        "X-Amz-Date": f"{at:%Y%m%dT%H%M%SZ}",
        "X-Amz-Expires": str(life_s),
        "X-Amz-SignedHeaders": "host",
        **({"X-Amz-Security-Token": key.token} if key.token else {}),
        **(query or {}),
    }
    canonical = "&".join(f"{_quoted(name)}={_quoted(signed[name])}" for name in sorted(signed))
    request = "\n".join(("GET", path, canonical, f"host:{parts.netloc}", "", "host", "UNSIGNED-PAYLOAD"))
    digest = hashlib.sha256(request.encode()).hexdigest()
    to_sign = "\n".join((_ALGORITHM, signed["X-Amz-Date"], scope, digest))
    secret = f"AWS4{key.secret}".encode()
    for part in (*scope.split("/"), to_sign):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    return f"{parts.scheme}://{parts.netloc}{path}?{canonical}&X-Amz-Signature={secret.hex()}"


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
