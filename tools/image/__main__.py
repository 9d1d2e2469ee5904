"""`python -m tools.image`: build the image in a temporary folder and print its size, layer by layer.

Sizes are those of the files in it, without the base image, which comes compressed with about 45 MB from the registry.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tools.image.folder import ImageFolder, problem, size_bytes


def report(image: ImageFolder) -> str:
    """The layers, and the largest packages."""
    lines = [f"{layer.size_bytes / 1e6:8.1f} MB  {layer.instruction[:90]}" for layer in image.layers]
    lines.append(f"{sum(layer.size_bytes for layer in image.layers) / 1e6:8.1f} MB  all layers above the base image")
    packages = next((image.root / "opt").glob("venv/lib/python*/site-packages"))
    sizes = {path.name: size_bytes(path) for path in packages.iterdir() if path.is_dir()}
    largest = sorted(sizes.items(), key=lambda each: -each[1])[:8]
    lines.append("largest packages: " + ", ".join(f"{name} {size / 1e6:.0f} MB" for name, size in largest))
    return "\n".join(lines)


if __name__ == "__main__":
    if reason := problem():
        raise SystemExit(f"The image cannot be built here: {reason}.")
    with tempfile.TemporaryDirectory() as folder:
        print(report(ImageFolder(Path(folder))), file=sys.stdout)
