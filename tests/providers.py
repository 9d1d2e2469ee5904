"""The models of kie.ai, and keys of the other providers: the catalog may have models of several."""

from __future__ import annotations

from dataclasses import replace

from kaimedia.config import Config
from kaimedia.config_sources import Origin
from kaimedia.domain import ProviderName
from kaimedia.models import catalogue
from kaimedia.providers.registry import with_setting_keys

# For tests of kie.ai's wire formats and of the sandbox, which speaks them.
KIE_MODELS = tuple(spec for spec in catalogue.MODELS if spec.provider == ProviderName.KIE)


def with_keys(config: Config) -> Config:
    """The settings with a key for every provider whose key is a setting: tasks of all models can be queued."""
    keys = {
        entry.key_setting: Origin(f"key-of-{entry.name}-0123456789", "environment") for entry in with_setting_keys()
    }
    return replace(config, origins={**config.origins, **keys})
