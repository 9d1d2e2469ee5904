"""What an extension registers for PictureWorks: its setting, its entry and its model.

Of a provider that ships with the product, the setting and the model are entries of the product's own lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from kaimedia import config_settings
from kaimedia.config_settings import Setting
from kaimedia.domain import Modality, Role
from kaimedia.models import catalogue
from kaimedia.models.inputs import InputSlot
from kaimedia.models.prices import Price, PriceUnit
from kaimedia.models.spec import Capability, ModelSpec
from kaimedia.providers import registry
from tests.pictureworks.entry import PICTUREWORKS

KEY = Setting(
    "PICTUREWORKS_API_KEY", None, "the key of PictureWorks; without it, its models are refused", is_secret=True
)
MODEL = ModelSpec(
    id="pictureworks-one",
    label="PictureWorks One",
    tagline="Images from a prompt and up to two references",
    modality=Modality.IMAGE,
    provider="pictureworks",
    maker="PictureWorks",
    capabilities=(Capability.TEXT_TO_IMAGE, Capability.EDIT),
    aspect_ratios=("1:1", "3:2"),
    inputs=(InputSlot(Role.REFERENCE, "Reference image", maximum=2),),
    typical_s=None,
    deadline_s=900,
    poll_s=(3.0, 10.0),
    price=Price(table=(({}, 5.0),), as_of=date(2026, 11, 30), unit=PriceUnit.IMAGE),
    source="PictureWorks' description of its API v1, state of 2026-11",
)


@contextmanager
def registered() -> Iterator[None]:
    """The provider in the product, with its setting and its model."""
    config_settings.register(KEY)
    registry.register(PICTUREWORKS)
    catalogue.register(MODEL)
    try:
        yield
    finally:
        catalogue.unregister(MODEL.id)
        registry.unregister(PICTUREWORKS.name)
        config_settings.unregister(KEY.name)
