"""Colors as a browser shows them: an image's profile applied, so that a copy without one looks the same."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageCms

PROFILE_MAX_BYTES = 16 * 1024**2
_SPACES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def to_srgb(picture: Image.Image, profile: object) -> Image.Image:
    """RGB (RGBA where something shows through) in sRGB, of an image in L, LA, RGB, RGBA or CMYK.

    `profile` is the image's ICC profile in bytes; one that cannot be read or does not fit the image counts as
    none, as it does for browsers.
    """
    alpha = picture.getchannel("A") if picture.mode in ("LA", "RGBA") else None
    base = picture.convert(picture.mode.removesuffix("A")) if alpha else picture
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
