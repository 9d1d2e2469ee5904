"""What a model takes beside the prompt: roles, counts, and what must or cannot be given together."""

from __future__ import annotations

import pytest

from kaimedia.domain import InputKind, Reference, Role
from kaimedia.errors import InvalidRequest
from kaimedia.models import catalogue
from kaimedia.models.inputs import by_role, valid_references

ROLES = {"reference": Role.REFERENCE, "first": Role.FIRST_FRAME, "last": Role.LAST_FRAME, "mask": Role.MASK}


def given(*names: str | None) -> tuple[Reference, ...]:
    """References named by their role; None for one without."""
    roles = [ROLES[name] if name else None for name in names]
    return tuple(Reference(url=f"https://x.example/{at}.png", role=role) for at, role in enumerate(roles))


def valid(model: str, *names: str | None) -> tuple[Reference, ...]:
    spec = catalogue.get(model)
    return valid_references(spec.label, spec.inputs, given(*names))


@pytest.mark.parametrize(
    ("model", "names", "roles"),
    [
        ("gpt4o-image", (None,), ["reference"]),
        ("veo3_fast", (None,), ["first_frame"]),
        ("gpt4o-image", ("mask", None), ["reference", "mask"]),
        ("veo3", ("last", "first"), ["first_frame", "last_frame"]),
        ("veo3_fast", ("reference",) * 3, ["reference"] * 3),
        ("gpt4o-image", (None,) * 5, ["reference"] * 5),
        ("kling-2.5-turbo", (), []),
    ],
)
def test_roles_are_filled_in_and_sorted(model: str, names: tuple[str | None, ...], roles: list[str]) -> None:
    found = valid(model, *names)
    assert [each.role for each in found] == roles
    assert sorted(each.url or "" for each in found) == sorted(each.url or "" for each in given(*names))


def test_the_order_within_a_role_stays() -> None:
    assert [each.url for each in valid("gpt4o-image", *[None] * 4)] == [each.url for each in given(*[None] * 4)]


@pytest.mark.parametrize(
    ("model", "names", "field", "text"),
    [
        ("gpt4o-image", (None,) * 6, "reference", "takes up to 5 for “Reference image”, not 6"),
        ("gpt4o-image", ("mask",), "mask", "“Mask” needs “Reference image” too"),
        ("gpt4o-image", ("mask", None, None), "mask", "works with 1 for “Reference image”, not 2"),
        ("gpt4o-image", ("first",), "reference", "takes no first_frame. It takes: reference, mask."),
        ("veo3", ("last",), "last_frame", "needs “First frame” too"),
        ("veo3", ("reference",), "reference", "takes no reference. It takes: first_frame, last_frame."),
        ("veo3_fast", ("first", "reference"), "reference", "either “Reference image” or “First frame”, not both"),
        ("runway", (None, None), "first_frame", "takes up to 1 for “First frame”, not 2"),
    ],
)
def test_what_does_not_fit_is_refused(model: str, names: tuple[str | None, ...], field: str, text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        valid(model, *names)
    assert caught.value.field == field and text in caught.value.message


def test_another_kind_of_file_is_refused() -> None:
    spec = catalogue.get("runway")
    video = Reference(url="https://x.example/a.mp4", kind=InputKind.VIDEO)
    with pytest.raises(InvalidRequest, match="must be an image, not a video"):
        valid_references(spec.label, spec.inputs, (video,))


def test_links_by_role() -> None:
    references = given("first", "reference", "reference")
    assert by_role(references, ("a", "b", "c")) == {Role.FIRST_FRAME: ("a",), Role.REFERENCE: ("b", "c")}
    with pytest.raises(ValueError, match="zip"):
        by_role(references, ("a",))
