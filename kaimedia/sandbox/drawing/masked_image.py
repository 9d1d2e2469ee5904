"""An image that is edited under a mask: only what the mask marks is drawn anew."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PIL import Image, ImageOps

from kaimedia.sandbox.drawing.watermark import stamp

_SAME_SHAPE = 0.02  # by how much two aspect ratios may differ
_HALF = 128


@dataclass(frozen=True, slots=True)
class MaskedImage:
    """The files of an image and of its mask, and the color of what changes."""

    image: Path
    mask: Path
    changes: Literal["white", "black"]

    @classmethod
    def of_json(cls, value: dict[str, Any]) -> MaskedImage:
        """As `as_json` wrote it."""
        return cls(Path(value["image"]), Path(value["mask"]), value["changes"])

    def as_json(self) -> dict[str, str]:
        """For the drawing worker."""
        return {"image": str(self.image), "mask": str(self.mask), "changes": self.changes}

    def fits(self, *, has_type: bool) -> bool:
        """True if both are images of the same size and, with `has_type`, of the same type."""
        try:
            with Image.open(self.image) as image, Image.open(self.mask) as mask:
                is_same_type = image.format == mask.format or not has_type
                return _upright_size(image) == _upright_size(mask) and is_same_type
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            return False

    def size_within(self, width: int, height: int) -> tuple[int, int]:
        """The image's own size where that has the shape asked for, so that what stays is the same to the pixel."""
        with Image.open(self.image) as image:
            own = _upright_size(image)
        is_same = abs(own[0] / own[1] - width / height) <= _SAME_SHAPE * width / height
        return own if is_same else (width, height)

    def changed(self, drawn: Image.Image) -> Image.Image:
        """The image with what `drawn` shows where the mask says so, cropped around the middle to the size of that."""
        with Image.open(self.image) as image, Image.open(self.mask) as mask:
            below = _fitted(ImageOps.exif_transpose(image).convert("RGB"), drawn.size)
            marked = _fitted(ImageOps.exif_transpose(mask).convert("L"), drawn.size)
        if self.changes == "black":
            marked = ImageOps.invert(marked)
        marked = marked.point(lambda value: 255 if value >= _HALF else 0)
        return stamp(Image.composite(drawn, below, marked))


def _fitted(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else ImageOps.fit(image, size, Image.Resampling.LANCZOS)


def _upright_size(image: Image.Image) -> tuple[int, int]:
    turns = image.getexif().get(0x0112, 1) >= 5
    return (image.height, image.width) if turns else image.size
