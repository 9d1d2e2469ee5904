"""What `doctor` says about signed links that browsers would block."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaimedia import config as configuration
from kaimedia.finding import Finding, guarded
from kaimedia.media_links import media_links

CLOSED = "127.0.0.1:9"  # nothing listens there


def finding(tmp_path: Path, endpoint: str, public_url: str, links_url: str = "") -> Finding:
    config = configuration.load(
        tmp_path,
        {
            "KAIMEDIA_MEDIA_LINKS": "signed",
            "KAIMEDIA_MEDIA_URL": "s3://media/kaimedia",
            "KAIMEDIA_MEDIA_LINKS_URL": links_url,
            "KAIMEDIA_PUBLIC_URL": public_url,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        },
    )
    return guarded("media links", lambda: media_links(config))


def test_links_without_https_below_pages_with_https_are_named(tmp_path: Path) -> None:
    found = finding(tmp_path, f"http://{CLOSED}", "https://studio.example")
    assert not found.is_well and f"http://{CLOSED}" in found.detail and "browsers block" in found.detail
    assert "KAIMEDIA_MEDIA_LINKS_URL" in found.next_step


@pytest.mark.parametrize(
    ("public_url", "links_url"),
    [("https://studio.example", f"https://{CLOSED}"), ("http://studio.example", ""), ("", "")],
)
def test_other_links_are_tried(tmp_path: Path, public_url: str, links_url: str) -> None:
    found = finding(tmp_path, f"http://{CLOSED}", public_url, links_url)
    assert not found.is_well and "browsers block" not in found.detail, "nothing answers"
