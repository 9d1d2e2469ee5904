"""The container image, built once for all tests that run it."""

from __future__ import annotations

import pytest

from tools.image import folder as image_folder
from tools.image.folder import ImageFolder


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> ImageFolder:
    """Built by the steps of the Dockerfile."""
    if reason := image_folder.problem():
        pytest.skip(f"The image cannot be built here: {reason}.")
    return ImageFolder(tmp_path_factory.mktemp("image"))
