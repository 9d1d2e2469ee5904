"""What a model takes beside the prompt: roles, counts, and what must or cannot be given together."""

from __future__ import annotations

from typing import Any

import pytest

from kaimedia.domain import InputKind, Reference, Role
from kaimedia.domain.file_types import label_of
from kaimedia.errors import InvalidRequest
from kaimedia.models import catalogue
from kaimedia.models.inputs import InputSlot, by_role, check_files, length_limits, valid_references

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


def stored(role: Role, kind: InputKind, **facts: Any) -> Reference:
    return Reference(f"{'0' * 64}.mp4", role=role, kind=kind, **facts)


def refused(slot: InputSlot, *references: Reference) -> str:
    with pytest.raises(InvalidRequest) as caught:
        check_files(slot, references)
    assert caught.value.field == slot.role
    return caught.value.message


def test_limits_of_videos_and_sound_are_read_from_the_data() -> None:
    motion = catalogue.get("kling-3.0-motion-control").input(Role.DRIVING_VIDEO)
    assert motion is not None and (motion.kind, motion.min_item_s, motion.max_item_s) == (InputKind.VIDEO, 3, 30)
    clips = catalogue.get("seedance-2.0").input(Role.REFERENCE_VIDEO)
    assert clips is not None and length_limits(clips) == "2 to 15 s, 15 s in all"
    speech = catalogue.get("kling-ai-avatar").input(Role.AUDIO)
    assert speech is not None and "audio/wav" in speech.types and "audio/x-wav" not in speech.types


def test_the_widest_of_several_modes_is_offered() -> None:
    """Wan 2.7 takes 10 MB to animate and 100 MB to edit; only editing limits the length."""
    slot = catalogue.get("wan-2.7").input(Role.SOURCE_VIDEO)
    assert slot is not None and (slot.max_bytes, slot.min_item_s, slot.max_item_s) == (100_000_000, None, None)


def test_files_are_judged_by_type_size_and_length() -> None:
    slot = catalogue.get("kling-3.0-motion-control").input(Role.DRIVING_VIDEO)
    assert slot is not None

    def motion(**facts: Any) -> Reference:
        return stored(slot.role, InputKind.VIDEO, **facts)

    check_files(slot, [motion(duration_s=2.95, mime_type="video/mp4", size_bytes=100_000_000), motion(duration_s=30.1)])
    check_files(slot, [motion()])
    assert refused(slot, motion(duration_s=2.1)) == "“Motion video” must be at least 3 s long; this video is 2.1 s."
    assert refused(slot, motion(duration_s=31)) == "“Motion video” can be up to 30 s long; this video is 31.0 s."
    assert "takes MP4 or MOV, not WebM" in refused(slot, motion(mime_type="video/webm"))
    assert "up to 100 MB; this one has 120.0 MB" in refused(slot, motion(size_bytes=120_000_000))


def test_all_files_of_a_role_are_judged_together() -> None:
    spec = catalogue.get("seedance-2.0")
    slot = spec.input(Role.REFERENCE_VIDEO)
    assert slot is not None
    video = stored(slot.role, InputKind.VIDEO, duration_s=8.0)
    check_files(slot, [video])
    text = refused(slot, video, video)
    assert text == "All files for “Reference video” together can be up to 15 s long; these are 16.0 s."
    with pytest.raises(InvalidRequest, match="together"):
        valid_references(spec.label, spec.inputs, (video, video))


def test_the_types_of_every_input_are_known() -> None:
    slots = {slot for spec in catalogue.MODELS for mode in (spec, *spec.modes) for slot in mode.inputs}
    assert {slot.kind for slot in slots} == set(InputKind)
    unknown = [(slot.label, each) for slot in slots for each in slot.types if label_of(each) == each]
    assert unknown == []
    assert not [slot for slot in slots if slot.kind is InputKind.IMAGE and length_limits(slot)]
