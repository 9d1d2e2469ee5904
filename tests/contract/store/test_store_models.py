"""Favorite and recently used models."""

from __future__ import annotations

from kaimedia.domain import Modality
from kaimedia.store.stores import Stores
from tests.contract.store.factories import NOW, create_task, later


def test_favorites_are_listed_newest_first_and_once(stores: Stores) -> None:
    models = stores.preferred_models
    assert models.favorites() == ()
    for seconds, model in enumerate(("z-image", "veo3", "z-image")):
        models.set_favorite(model, is_favorite=True, now=later(seconds))
    assert models.favorites() == ("veo3", "z-image")
    models.set_favorite("veo3", is_favorite=False, now=NOW)
    models.set_favorite("veo3", is_favorite=False, now=NOW)
    assert models.favorites() == ("z-image",)


def test_recent_models_are_those_of_the_latest_tasks(stores: Stores) -> None:
    for seconds, model in enumerate(("a", "b", "c", "b", "d")):
        create_task(stores, now=later(seconds), model=model)
    assert stores.preferred_models.recent(3) == {Modality.IMAGE: ("d", "b", "c"), Modality.VIDEO: ()}
