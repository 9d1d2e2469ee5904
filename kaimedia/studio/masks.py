"""Masks painted on an image: what to paint on, and storing the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kaimedia.domain import Reference, Role
from kaimedia.errors import InvalidRequest, MediaError
from kaimedia.media import masks
from kaimedia.media.kinds import PNG
from kaimedia.media.references import ReferenceStore
from kaimedia.media.signatures import kind_of_bytes
from kaimedia.models.inputs import InputSlot, MaskColor, masked_pair
from kaimedia.models.spec import ModelSpec

MOST_KEPT_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class MaskCanvas:
    """What a mask is painted on: the image as WebP, its real size, and the mask there is already (its own bytes)."""

    image_webp: bytes
    width_px: int
    height_px: int
    mask: bytes | None = None
    mask_type: str = ""


class MaskService:
    """Paints masks over stored inputs."""

    def __init__(self, references: ReferenceStore) -> None:
        self._references = references

    def canvas(self, image: Reference, mask: Reference | None = None) -> MaskCanvas:
        """The image to paint on, and its mask if it fits and is small enough to be sent to the page.

        Raises:
            MediaError: the image is gone or cannot be read.
        """
        path = self._references.path(image)
        width_px, height_px = masks.size_px(path)
        found = MaskCanvas(masks.webp(path), width_px, height_px)
        if mask is None or not mask.filename:
            return found
        try:
            own = self._references.path(mask)
            if masks.size_px(own) != (width_px, height_px) or own.stat().st_size > MOST_KEPT_BYTES:
                return found
            return replace(found, mask=own.read_bytes(), mask_type=self._references.mime_type(mask))
        except MediaError:  # gone or unreadable: painted anew
            return found

    def add(self, slot: InputSlot, data: bytes, image: Reference) -> Reference:
        """Store a painted mask, a PNG of the image's size.

        Raises:
            InvalidRequest: it is no PNG, or has another size.
            MediaError: it cannot be read or stored, or the image is gone.
        """
        if kind_of_bytes(data) is not PNG:
            raise InvalidRequest("The mask must be a PNG.", field=Role.MASK)
        stored = self._references.add(data, **slot.limits)
        self._check_pair(self._references, stored, image)
        return replace(stored, role=slot.role)

    def add_transparent(self, slot: InputSlot, data: bytes, image: Reference) -> Reference:
        """Store the mask that an image stands for by what is transparent in it.

        Raises:
            InvalidRequest, MediaError: as `add`; also where nothing is transparent.
        """
        is_white = slot.mask is None or slot.mask.changes is MaskColor.WHITE
        return self.add(slot, masks.from_transparency(data, is_white=is_white), image)

    def inverted(self, slot: InputSlot, mask: Reference) -> Reference:
        """Store a copy of a mask with black and white swapped, for models that read its colors the other way.

        Raises:
            MediaError: the mask is gone, or the copy cannot be stored.
        """
        copy = self._references.add(masks.inverted(self._references.path(mask)), **slot.limits)
        return replace(copy, role=mask.role)

    def upright(self, slot: InputSlot, image: Reference) -> Reference:
        """The image without an EXIF orientation, so that every reader sees it as the mask was painted.

        Raises:
            MediaError: it is gone, cannot be read or becomes too large.
        """
        path = self._references.path(image)
        data = masks.turned(path, self._references.mime_type(image), slot.max_bytes, "Use a smaller image.")
        if data is None:
            return image
        return replace(self._references.add(data, **slot.limits), role=image.role, media_id=image.media_id)

    def check(self, spec: ModelSpec, references: Sequence[Reference]) -> None:
        """Check that a stored mask has the size of its stored image; links are checked once they are fetched.

        Raises:
            InvalidRequest: `field` is the mask's role.
        """
        pair = masked_pair(spec.mode_for(references).inputs, references)
        if pair is None:
            return
        slot, mask, image = pair
        if references[mask].filename and references[image].filename:
            self._check_pair(self._references, references[mask], references[image], slot.role)

    @staticmethod
    def _check_pair(store: ReferenceStore, mask: Reference, image: Reference, role: Role = Role.MASK) -> None:
        try:
            masks.check_fits(store.path(mask), store.path(image))
        except MediaError as error:
            raise InvalidRequest(error.message, field=role, next_step=error.next_step) from error
