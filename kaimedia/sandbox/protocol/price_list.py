"""The provider's public price list, made from the catalog; prices in it can be changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from kaimedia.errors import ConfigError
from kaimedia.models.prices import PriceUnit
from kaimedia.models.spec import ModelSpec
from kaimedia.sandbox.protocol.model_list import modes

_USD_PER_CREDIT = 0.005
_UNITS = {
    PriceUnit.IMAGE: "per image",
    PriceUnit.SECOND: "per second",
    PriceUnit.INPUT_SECOND: "per second",
    PriceUnit.MEGAPIXEL: "per megapixel",
    PriceUnit.LAYER: "per layer",
}
_SWITCHES = {
    "has_video_input": ("with video input", "no video input"),
    "sound": ("with audio", "without audio"),
    "audio": ("with audio", "without audio"),
    "generate_audio": ("with audio", "without audio"),
    "generate_audio_switch": ("with audio", "without audio"),
}


class PriceList:
    """What `POST /client/v1/model-pricing/page` answers with.

    `factors` are by the id of a model: what its credits are multiplied with, as if the provider had changed them.

    Raises:
        ConfigError: a factor is not above 0, or there is no such model.
    """

    def __init__(self, factors: Mapping[str, float]) -> None:
        self.change(factors)

    def change(self, factors: Mapping[str, float]) -> None:
        """Replace the factors; raises like the constructor, and changes nothing then."""
        for model_id, factor in factors.items():
            if modes().get(model_id) is None:
                raise ConfigError(f"There is no model “{model_id}”.", setting="price_factors")
            if not factor > 0:
                raise ConfigError(f"The factor of “{model_id}” must be above 0.", setting="price_factors")
        self._factors = dict(factors)

    def page(self, number: int, size: int) -> dict[str, Any]:
        """One page, counted from 1, of at most 100 rows."""
        size = min(max(size, 1), 100)
        rows = [row for model_id, mode in modes().items() for row in self._rows(model_id, mode)]
        found = rows[(max(number, 1) - 1) * size :][:size]
        return {"records": found, "total": len(rows), "size": size, "current": number, "pages": -(-len(rows) // size)}

    def _rows(self, model_id: str, mode: ModelSpec) -> Iterator[dict[str, Any]]:
        for conditions, credits in mode.price.table:
            if credits:
                charged = round(credits * self._factors.get(model_id, 1.0), 4)
                details = [mode.modality.value, *(_detail(key, value) for key, value in conditions.items())]
                unit = _UNITS.get(mode.price.unit, "per video" if mode.modality.value == "video" else "per request")
                yield {
                    "modelDescription": ", ".join([mode.label, *details]),
                    "interfaceType": mode.modality.value,
                    "provider": mode.maker,
                    "creditPrice": f"{charged:g}",
                    "creditUnit": unit,
                    "usdPrice": f"{charged * _USD_PER_CREDIT:g}",
                    "falPrice": "",
                    "discountRate": 0.0,
                    "anchor": f"https://kie.ai/{model_id.partition('/')[0]}?model={quote(model_id, safe='')}",
                }


def _detail(key: str, value: Any) -> str:
    if key in _SWITCHES and isinstance(value, bool):
        return _SWITCHES[key][0 if value else 1]
    return f"{value}s" if key == "duration_s" else str(value)
