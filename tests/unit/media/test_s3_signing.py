"""Signatures of links to a bucket, against AWS's own example and the library's links."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import obstore
import pytest
from obstore.store import S3Store

from kaimedia.media.open_storage import link_origin
from kaimedia.media.s3_links import S3Links
from kaimedia.media.s3_signing import SigningKey, signed_url

OPTIONS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-central-1"}
ROLE_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def test_the_example_of_the_specification() -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"""
    key = SigningKey("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    at = datetime(2013, 5, 24, tzinfo=UTC)
    url = signed_url("https://examplebucket.s3.amazonaws.com/test.txt", "us-east-1", key, at=at, life_s=86_400)
    assert url == (
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )
    assert "wJalr" not in repr(key)


@pytest.mark.parametrize("token", [None, "to/k=+"])
@pytest.mark.parametrize("path", ["image_1.png", "a=b/image 1.png"])
def test_the_same_signature_as_the_library_makes(path: str, token: str | None) -> None:
    """The library sorts the parameters of its links differently, so only the signatures are compared."""
    config = {name.lower(): value for name, value in OPTIONS.items()} | ({"aws_session_token": token} if token else {})
    store = S3Store.from_url("s3://bucket/pre=fix", config=config)  # type: ignore[call-overload]
    expected = obstore.sign(store, "GET", path, timedelta(seconds=60))
    at = datetime.strptime(_query(expected)["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    url = signed_url(expected.split("?")[0], "eu-central-1", SigningKey("key", "secret", token), at=at, life_s=60)
    assert _query(url) == _query(expected)


@pytest.mark.parametrize(
    ("options", "links_url", "origin"),
    [
        ({}, None, "https://s3.eu-central-1.amazonaws.com"),
        ({"AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true"}, None, "https://bucket.s3.eu-central-1.amazonaws.com"),
        ({"AWS_ENDPOINT_URL": "http://minio:9000"}, None, "http://minio:9000"),
        ({"AWS_ENDPOINT_URL": "http://minio:9000"}, "https://files.example", "https://files.example"),
        ({"AWS_ENDPOINT_URL": "http://minio:9000"}, "https://files.example/s3", "https://files.example"),
    ],
)
def test_where_links_lead(options: dict[str, str], links_url: str | None, origin: str) -> None:
    options = OPTIONS | options
    assert link_origin("s3://bucket/prefix", options, links_url) == origin
    link = S3Links("s3://bucket/prefix", options, links_url).link("x.png", life_s=900, media_type="image/png")
    assert link is not None and link.startswith(f"{origin}/") and urlsplit(link).path.endswith("/prefix/x.png")
    assert ("/bucket/" in link) is ("bucket." not in origin) and _query(link)["response-content-type"] == "image/png"


def test_no_links_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ROLE_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert link_origin("s3://bucket/prefix", {"AWS_REGION": "eu-central-1"}) is None
    assert S3Links("s3://bucket", {}).link("x.png", life_s=900, media_type="image/png") is None
    assert link_origin("/srv/media", OPTIONS) is None


def test_a_link_stays_the_same_for_a_third_of_its_life(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_800_000_000.0]
    monkeypatch.setattr("time.time", lambda: clock[0])
    links = S3Links("s3://bucket", OPTIONS)

    def link() -> str:
        made = links.link("x.png", life_s=900, media_type="image/png", disposition='attachment; filename="ä.png"')
        assert made is not None
        issued = datetime.strptime(_query(made)["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        assert 600 <= issued + int(_query(made)["X-Amz-Expires"]) - clock[0] <= 900
        return made

    first = link()
    clock[0] += 299
    assert link() == first
    clock[0] += 1
    assert link() != first


def _query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
