"""The child process for images the strict reader in the app rejected: `python image_probe.py SOURCE PREVIEW`.

It reads truncated files, files with more pixels than the app decodes itself, and formats with rarely used decoders,
as far as they go. A hostile file may exhaust memory or time or crash the decoder; then only this process ends. It
limits itself first, prints one line of JSON and writes a PNG of at most 1,024 px.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "BMP", "TIFF", "ICO", "JPEG2000", "QOI", "PSD")
MAX_PIXELS = 200_000_000  # what fits into this process's memory limit
PREVIEW_PX = 1024


def probe(source: Path, preview: Path) -> dict[str, int]:
    """Write the preview, upright and in sRGB. Returns `width_px` and `height_px` of the image as displayed.

    Raises: whatever the decoders raise; the caller only sees this process fail.
    """
    from PIL import Image, ImageFile

    from kaimedia.media import image as images

    Image.init()
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    with images.opened(source, formats=FORMATS, max_pixels=MAX_PIXELS) as image:
        width_px, height_px = images.shown_size(image)
        images.preview(image, PREVIEW_PX).save(preview, "PNG")
    return {"width_px": width_px, "height_px": height_px}


def main(arguments: list[str]) -> int:
    """Print the facts as one line of JSON; any failure ends the process with a nonzero exit code."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from kaimedia.media.video_probe import limit_process

    source, preview = (Path(argument).absolute() for argument in arguments)
    limit_process()
    print(json.dumps(probe(source, preview)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
