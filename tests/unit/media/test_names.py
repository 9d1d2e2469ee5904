from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaimedia.domain import Modality
from kaimedia.errors import UnsafePath
from kaimedia.media import names

AT = datetime(2026, 11, 22, 10, 15, 30, tzinfo=UTC)
IMAGE = "image_20261122T101530Z_" + "0123456789abcdef" * 2 + ".png"
VIDEO = "video_20261122T101530Z_" + "0123456789abcdef" * 2 + ".mp4"

HOSTILE = [
    "", ".", "..", "../" + IMAGE, IMAGE + "/", "/" + IMAGE, "a/" + IMAGE, IMAGE + "\n", IMAGE + "\x00", "\x00" + IMAGE,
    IMAGE.upper(), IMAGE.replace("png", "PNG"), IMAGE.replace("png", "exe"), IMAGE.replace("png", "html"),
    IMAGE.replace("png", "mp4"), VIDEO.replace("mp4", "png"), IMAGE.replace(".png", "_poster.webp"),
    IMAGE.replace(".png", "_thumb.png"), IMAGE.replace("2026", "２０２６"), IMAGE.replace("a", "g"), "x" + IMAGE,
    IMAGE + ".html", ".incoming", ".part-" + "0" * 32, "SourceSansVF-Upright.ttf.woff2", IMAGE.replace("_", "-"),
]  # fmt: skip


@settings(deadline=None)
@given(
    st.sampled_from([(m, ext) for m, exts in names.EXTENSIONS.items() for ext in exts]),
    st.datetimes(datetime(2000, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)),
)
def test_what_we_make_is_ours_and_says_what_it_is(kind: tuple[Modality, str], at: datetime) -> None:
    name = names.new_name(kind[0], at, kind[1])
    derived = [names.thumbnail_name(name), names.large_thumbnail_name(name)]
    if kind[0] is Modality.VIDEO:
        derived.append(names.poster_name(name))
    assert all(names.is_ours(one) and names.modality_of(one) is kind[0] for one in (name, *derived))
    assert names.mime_of(name) == names.MIME_TYPES[kind[1]]
    assert {names.mime_of(one) for one in derived} == {"image/webp"}
    assert len({name, *derived}) == 1 + len(derived)


def test_the_name_tells_type_time_and_a_fresh_id() -> None:
    local = AT.astimezone(timezone(timedelta(hours=5)))
    first, second = (names.new_name(Modality.IMAGE, local, "png") for _ in range(2))
    assert re.fullmatch(r"image_20261122T101530Z_[0-9a-f]{32}\.png", first)
    assert first != second


def test_derived_names() -> None:
    assert names.thumbnail_name(VIDEO) == VIDEO.replace(".mp4", "_thumb.webp")
    assert names.large_thumbnail_name(VIDEO) == VIDEO.replace(".mp4", "_thumb2x.webp")
    assert names.poster_name(VIDEO) == VIDEO.replace(".mp4", "_poster.webp")


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_else_is_ours(name: str) -> None:
    assert not names.is_ours(name)
    for use in (names.check_name, names.mime_of, names.thumbnail_name, names.modality_of):
        with pytest.raises(UnsafePath):
            use(name)
    with pytest.raises(UnsafePath):
        names.download_name("x", name)


@settings(deadline=None)
@given(st.text(max_size=120))
def test_no_text_from_outside_is_ours(text: str) -> None:
    assert not names.is_ours(text)


def test_wrong_parts_are_refused() -> None:
    with pytest.raises(ValueError, match="extension"):
        names.new_name(Modality.IMAGE, AT, "mp4")
    with pytest.raises(ValueError, match="aware"):
        names.new_name(Modality.IMAGE, AT.replace(tzinfo=None), "png")
    with pytest.raises(UnsafePath):
        names.poster_name(IMAGE)
    with pytest.raises(UnsafePath):
        names.thumbnail_name(names.thumbnail_name(IMAGE))


@pytest.mark.parametrize(
    ("prompt", "full", "plain"),
    [
        ("A misty harbour, at dawn!", "a-misty-harbour-at-dawn-01234567.png", "a-misty-harbour-at-dawn-01234567.png"),
        ("Ein Käuzchen", "ein-käuzchen-01234567.png", "ein-kauzchen-01234567.png"),
        ("日本の庭", "日本の庭-01234567.png", "image-01234567.png"),
        ("../../etc/passwd", "etc-passwd-01234567.png", "etc-passwd-01234567.png"),
        ("CON", "con-01234567.png", "con-01234567.png"),
        ("\u202egnp.exe", "gnp-exe-01234567.png", "gnp-exe-01234567.png"),
        (None, "image-01234567.png", "image-01234567.png"),
        ("?!", "image-01234567.png", "image-01234567.png"),
        ("x" * 300, "x" * 48 + "-01234567.png", "x" * 48 + "-01234567.png"),
        ("words " * 20, "-".join(["words"] * 8) + "-01234567.png", "-".join(["words"] * 8) + "-01234567.png"),
    ],
)
def test_download_names(prompt: str | None, full: str, plain: str) -> None:
    assert names.download_name(prompt, IMAGE) == full
    assert names.ascii_download_name(prompt, IMAGE) == plain


@settings(deadline=None)
@given(st.text(max_size=400))
def test_download_names_are_safe_everywhere(prompt: str) -> None:
    for name in (names.download_name(prompt, VIDEO), names.ascii_download_name(prompt, VIDEO)):
        assert name.endswith("-01234567.mp4") and not name.startswith((".", "-"))
        assert len(name.encode()) <= 255
        assert all(c in "-." or unicodedata.category(c)[0] in "LMN" for c in name)
    assert names.ascii_download_name(prompt, VIDEO).isascii()


def test_thumbnails_download_too() -> None:
    assert names.download_name("Owl", names.large_thumbnail_name(IMAGE)) == "owl-01234567.webp"
