"""A language model's settings as arguments of its component."""

from typing import Any

from facts.language_models import OPENAI_PATH
from stacks.settings.kserve import KServeModel
from stacks.settings.kserve_llm import KServeLlmModel
from stacks.settings.language_models import LanguageModelKeys, LoadScalingKeys

__all__ = ["language_model", "load_scaling", "speaks_openai"]


def language_model(model: LanguageModelKeys) -> dict[str, Any]:
    """The arguments of vLLM and of the cache; what is not set is None."""
    cache = model.cache
    given = model.model_dump(include=set(LanguageModelKeys.model_fields) - {"cache"})
    return given | {
        "cache": cache.kind if cache else None,
        "cache_size_gib": cache.size_gib if cache else None,
        "cache_node_groups": (list(cache.node_groups) or None) if cache else None,
        "cache_storage_class": cache.storage_class if cache else None,
        "download_image": cache.download_image if cache else None,
    }


def speaks_openai(model: object) -> bool:
    """Whether clients of OpenAI's API can call the model."""
    if isinstance(model, KServeModel):
        return model.model.framework in OPENAI_PATH
    return isinstance(model, KServeLlmModel)


def load_scaling(model: LoadScalingKeys) -> dict[str, Any]:
    """The arguments of autoscaling by load; what is not set is None."""
    return model.model_dump(include=set(LoadScalingKeys.model_fields))
