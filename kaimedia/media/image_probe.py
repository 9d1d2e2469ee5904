"""The child process that opens an image our strict reader gave up: `python image_probe.py IMAGE PREVIEW`.

Here files that end early, have more pixels than we decode inside the app, or come in a format with a rarely used
decoder are read as far as they go. A hostile one may exhaust memory or time or crash the decoder; then only this
process ends. It takes its limits upon itself first, prints one line of JSON and writes a PNG of at most 1,024 px.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "BMP", "TIFF", "ICO", "JPEG2000", "QOI", "PSD")
MAX_PIXELS = 200_000_000  # what fits into the memory this process may use
PREVIEW_PX = 1024


def look(image: Path, preview: Path) -> dict[str, int]:
    """Write the preview: upright, in sRGB. Returns `width_px` and `height_px` of the image as shown.

    Raises: what the decoders raise; the caller only sees this process end.
    """
    from PIL import Image, ImageFile

    from kaimedia.media import picture as pictures

    Image.init()
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    with pictures.opened(image, formats=FORMATS, max_pixels=MAX_PIXELS) as picture:
        width_px, height_px = pictures.shown_size(picture)
        pictures.preview(picture, PREVIEW_PX).save(preview, "PNG")
    return {"width_px": width_px, "height_px": height_px}


def main(arguments: list[str]) -> int:
    """Print the facts as one line of JSON; any failure is this process's end with a code other than 0."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from kaimedia.media.film_probe import limit_ourselves

    image, preview = (Path(argument).absolute() for argument in arguments)
    limit_ourselves()
    print(json.dumps(look(image, preview)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
