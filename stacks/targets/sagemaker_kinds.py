"""Settings of SageMaker's other kinds of inference as arguments of their components."""

from pathlib import Path
from typing import Any, Final

from stacks.settings.common import Artifact
from stacks.settings.load import Settings
from stacks.settings.sagemaker_async import SageMakerAsync
from stacks.settings.sagemaker_batch import SageMakerBatch
from stacks.settings.sagemaker_serverless import SageMakerServerless
from stacks.targets.aws_monitoring import monitoring_arguments
from stacks.targets.sagemaker import of_the_environment
from stacks.targets.translation import as_kind, batch_run, common, scaled, word, words

__all__ = ["asynchronous", "batch", "serverless"]

_ASYNC_KEYS: Final = (
    *("output_uri", "failure_uri", "input_uri", "data_key_arn", "success_topic_arn"),
    *("error_topic_arn", "max_requests_per_instance", "candidate_replicas", "instance_type"),
    *("log_retention_days", "env"),
)
_BATCH_KEYS: Final = (
    *("input_uri", "output_uri", "schedule", "time_zone", "late_seconds", "suspended"),
    *("dead_letter_queue_arn", "timeout_seconds", "wait_for_completion", "retries"),
    *("instance_type", "parallelism", "env", "content_type", "accept", "split_type", "gzip"),
    *("batch_strategy", "max_payload_mib", "max_concurrent_transforms"),
    *("invocation_timeout_seconds", "assemble_lines", "join_input", "input_filter"),
    *("output_filter", "capture_uri", "data_key_arn"),
)


def serverless(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of SageMakerServerlessEndpoint; what is not set is None."""
    model = as_kind(SageMakerServerless, settings.models[name])
    shared = _without(common(settings, name), "candidate_version", "candidate_uri")
    return {
        **_without(shared, "canary_percent"),
        **of_the_environment(settings, isolated=True),
        **monitoring_arguments(settings, name),
        **scaled(model.scaling),
        **words(model, ("log_retention_days", "env")),
        **_server(model.model),
        "memory_mib": model.resources.memory_mib,
    }


def asynchronous(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of SageMakerAsyncEndpoint; what is not set is None."""
    model = as_kind(SageMakerAsync, settings.models[name])
    return {
        **common(settings, name),
        **of_the_environment(settings, isolated=model.isolated),
        **monitoring_arguments(settings, name),
        **scaled(model.scaling),
        **{key: getattr(model, key) or None for key in _ASYNC_KEYS},
        **_server(model.model),
        "candidate_image": model.candidate.image if model.candidate else None,
        "shift": word(model.rollout.shift),
        "shift_size_percent": model.rollout.size_percent,
        "shift_wait_seconds": model.rollout.wait_seconds,
    }


def batch(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of SageMakerBatchTransform; what is not set is None."""
    run = as_kind(SageMakerBatch, settings.models[name])
    shared = of_the_environment(settings, isolated=run.isolated)
    return {
        # Its log group is the account's.
        **_without(shared, "key_arn"),
        **{key: _said(getattr(run, key)) for key in _BATCH_KEYS},
        **_server(run.model),
        **batch_run(settings, name),
    }


def _server(model: Artifact) -> dict[str, Any]:
    return {"image": model.image, "framework": None if model.image else model.framework}


def _said(value: object) -> object:
    """An empty map says nothing; 0 and false are values."""
    return None if value == {} else value


def _without(arguments: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in arguments.items() if key not in keys}
