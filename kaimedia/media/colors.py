"""Colors as a browser shows them: the image's color profile is applied, so a copy without it looks the same."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageCms

PROFILE_MAX_BYTES = 16 * 1024**2
_SPACES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def to_srgb(image: Image.Image, profile: object) -> Image.Image:
    """Convert an image in L, LA, RGB, RGBA or CMYK to sRGB: RGB, or RGBA if it has an alpha channel.

    `profile` is the image's ICC profile in bytes; one that cannot be read or does not match the image is ignored,
    as browsers do.
    """
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    base = image.convert(image.mode.removesuffix("A")) if alpha else image
    converted = _by_profile(base, profile)
    if converted is None:
        converted = base.convert("RGB")
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def _by_profile(base: Image.Image, profile: object) -> Image.Image | None:
    if not isinstance(profile, bytes) or not 128 <= len(profile) <= PROFILE_MAX_BYTES:
        return None
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = _SPACES.get(source.profile.xcolor_space.strip())
        if mode is None or (base.mode != mode and (base.mode, mode) != ("L", "RGB")):
            return None
        target = ImageCms.createProfile("sRGB")
        intent = ImageCms.Intent.PERCEPTUAL
        return ImageCms.profileToProfile(base.convert(mode), source, target, intent, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
