"""What requests cost by the price list, with what is known of their stored inputs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from kaimedia.domain import GenerationRequest, InputKind, Role
from kaimedia.errors import KaimediaError
from kaimedia.media.masks import size_px
from kaimedia.media.references import ReferenceStore
from kaimedia.models.estimates import UNKNOWN_SIZES, Estimate, Sizes
from kaimedia.models.prices import PriceUnit
from kaimedia.models.spec import ModelSpec
from kaimedia.studio.catalog import CatalogService
from kaimedia.studio.totals import BatchPrice, total


class Estimates:
    """Prices of requests, which need not be valid yet."""

    def __init__(self, catalog: CatalogService, references: ReferenceStore) -> None:
        self._catalog = catalog
        self._references = references

    def of(self, request: GenerationRequest) -> Estimate:
        """The price of one request. Raises InvalidRequest when there is no such model."""
        spec = self._catalog.get(request.model)
        return spec.estimate(request, self.sizes(spec, request))

    def total(self, requests: Sequence[GenerationRequest]) -> BatchPrice:
        """The total of these requests, all to one provider."""
        return total(self.of(request) for request in requests)

    def sizes(self, spec: ModelSpec, request: GenerationRequest) -> Sizes:
        """The pixels of the stored source image, where the price depends on them; without those that cannot be read."""
        price = spec.mode_for(request.references).price
        by_size = any("output_size" in conditions for conditions, _ in price.table)
        if price.unit is not PriceUnit.MEGAPIXEL and not by_size:
            return UNKNOWN_SIZES
        for reference in request.references:
            is_source = reference.role in (Role.SOURCE, None) and reference.kind is InputKind.IMAGE
            if is_source and reference.filename:
                try:
                    return {Role.SOURCE: _size_px(self._references.path(reference))}
                except KaimediaError:
                    return UNKNOWN_SIZES
        return UNKNOWN_SIZES


@lru_cache(maxsize=256)
def _size_px(path: Path) -> tuple[int, int]:
    """A file's content never changes: its name is made from its bytes."""
    return size_px(path)
