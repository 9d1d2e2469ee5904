"""Write the market models of the catalog anew from a data set of the provider's models.

`python -m tools.market_catalogue PATH/kie-market.json` rewrites `kaimedia/models/catalogue/market/*.json`, one file
for each maker. Labels, taglines, better models, typical times and the colors of masks that a file already has are
kept, and so are whole models that the data set does not have: review the difference before committing it. The data
set's format is described in its own `conventions`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kaimedia.models.catalogue.market import FOLDER
from tools.market_catalogue.products import products

OURS = ("label", "tagline", "better", "typical_s")


def rewrite(data: Mapping[str, Any], folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Rewrite the files in `folder` from the data set; returns the models of each file, by its name."""
    before = {
        product["id"]: product
        for path in sorted(folder.glob("*.json"))
        for product in json.loads(path.read_text(encoding="utf-8"))["models"]
    }
    found = defaultdict(list)
    for product in products(data):
        keep_ours(product, before.pop(product["id"], {}))
        found[_file_of(product)].append(product)
    for product in before.values():
        found[_file_of(product)].append(product)
        print(f"kept: {product['id']}, which is not in the data set")
    for name, models in found.items():
        text = json.dumps({"models": models}, indent=1, ensure_ascii=False)
        (folder / name).write_text(f"{text}\n", encoding="utf-8")
    return found


def _file_of(product: Mapping[str, Any]) -> str:
    return f"{re.sub(r'[^a-z0-9]+', '_', product['maker'].lower())}.json"


def keep_ours(product: dict[str, Any], before: Mapping[str, Any]) -> None:
    """Labels, taglines, better models, times, and the colors of masks are ours, not facts of the data set."""
    for name in OURS:
        if before.get(name):
            product[name] = before[name]
    if not product["better"]:
        del product["better"]
    masks = {
        (mode["remote"], field["name"]): field["mask"]
        for mode in before.get("modes", ())
        for field in mode["fields"]
        if "mask" in field
    }
    for mode in product["modes"]:
        mode["fields"] = [_with_mask(field, masks.get((mode["remote"], field["name"]))) for field in mode["fields"]]


def _with_mask(field: dict[str, Any], mask: Mapping[str, Any] | None) -> dict[str, Any]:
    """The field with its mask after the roles, as in the files."""
    if mask is None:
        return field
    place = list(field).index("roles") + 1
    items = list(field.items())
    return dict([*items[:place], ("mask", mask), *items[place:]])


def main() -> int:
    """Rewrite the files of the catalog."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = json.loads(parser.parse_args().data.read_text(encoding="utf-8"))
    FOLDER.mkdir(exist_ok=True)
    for name, models in rewrite(data, FOLDER).items():
        print(f"{name}: {len(models)} models, {sum(len(model['modes']) for model in models)} ids")
    return 0


if __name__ == "__main__":
    sys.exit(main())
