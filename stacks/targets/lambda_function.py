"""Settings of a Lambda model as arguments of LambdaEndpoint, and the artifacts that it packs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from facts.capabilities import REFUSALS
from facts.lambda_cold_start import Choice
from stacks import artifacts
from stacks.settings.lambda_cold_start import chosen, is_pulled, package
from stacks.settings.lambda_function import LambdaModel
from stacks.settings.load import Settings
from stacks.settings.online_features import with_features
from stacks.settings.problems import Problem
from stacks.targets.aws_monitoring import monitoring_arguments
from stacks.targets.drift import profiled_drift_arguments
from stacks.targets.function_artifacts import not_as_meant
from stacks.targets.request_logs import with_telemetry
from stacks.targets.translation import as_kind, common, scaled, word, words

__all__ = ["arguments", "artifact_problems"]

_MIB: Final = 1024 * 1024


def arguments(root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    model = as_kind(LambdaModel, settings.models[name])
    # The function's code is the newest version's; the alias keeps the stable one.
    candidate = model.candidate
    newest = candidate or model.model
    is_packed = model.model.image is None
    scaling = scaled(model.scaling)
    del scaling["scaling_metric"]
    return {
        **common(settings, name),
        **_of_the_environment(settings),
        **monitoring_arguments(settings, name),
        **_warm(model, _cold_start(root, settings, model)),
        **scaling,
        "code_path": str(artifacts.lambda_package(root, newest, model.architecture))
        if is_packed
        else None,
        "image": None if is_packed else (candidate and candidate.image) or model.model.image,
        "model_digest": model.model.digest,
        "candidate_digest": candidate.digest if candidate else None,
        "pull_model": is_pulled(model.model.uri) or None,
        **words(
            model,
            (
                *("architecture", "timeout_seconds", "ephemeral_storage_mib"),
                *("layers", "runtime_updates", "runtime_version_arn"),
                *("throttle_rate_per_second", "throttle_burst", "log_retention_days", "log_level"),
                *("on_failure_arn", "dead_letter_arn", "retries", "max_age_seconds"),
                *("jwt_issuer", "jwt_audience", "cors_origins"),
                *("domain", "certificate_arn", "zone_id"),
            ),
        ),
        **profiled_drift_arguments(model.drift),
        "environment_variables": with_features(
            with_telemetry(dict(model.environment_variables), settings, name), model
        )
        or None,
        "tracing": None if model.tracing else False,
        "function_url": model.function_url or None,
        "memory_mib": model.resources.memory_mib,
        "shift": word(model.rollout.shift),
        "shift_size_percent": model.rollout.size_percent,
        "shift_wait_seconds": model.rollout.wait_seconds,
    }


def _of_the_environment(settings: Settings) -> dict[str, Any]:
    """What all functions of the environment share."""
    return words(settings.site.targets.lambda_function)


def _warm(model: LambdaModel, choice: Choice) -> dict[str, Any]:
    """SnapStart or warm instances, never both."""
    is_warm = choice.mode == "provisioned"
    return {
        "snap_start": True if choice.mode == "snap_start" else None,
        # min_replicas says it otherwise.
        "provisioned_concurrency": 1 if is_warm and not model.min_replicas else None,
        "max_provisioned_concurrency": model.max_warm_replicas if is_warm else None,
    }


def _cold_start(root: Path, settings: Settings, model: LambdaModel) -> Choice:
    """How the budget is kept, by the sizes of what is on this machine."""
    aws = settings.site.targets.aws
    newest = model.candidate or model.model
    zipped = 0.0
    if model.model.image is None:
        zipped = _mib(artifacts.lambda_package(root, newest, model.architecture))
    is_here = newest.uri.startswith("file:")
    size = _mib(artifacts.model_path(root, newest)) if is_here else None
    region = aws.region if aws else None
    return chosen(model, package(model, region, zip_mib=zipped, model_mib=size))


def _mib(path: Path) -> float:
    """The size of a file; 0 where there is none, which is said elsewhere."""
    return path.stat().st_size / _MIB if path.is_file() else 0.0


def artifact_problems(root: Path, settings: Settings) -> Iterator[Problem]:
    """Packages that set-up has not made, artifacts that were not meant, budgets that they break."""
    for name, model in settings.models.items():
        if not isinstance(model, LambdaModel):
            continue
        if model.model.image is None:
            architecture = model.architecture
            yield from not_as_meant(
                root,
                settings,
                name,
                lambda artifact, of=architecture: artifacts.lambda_package(root, artifact, of),
                f"--architecture {architecture}",
                "; `make up` does both for the example",
            )
        yield from _budget(root, settings, name, model)


def _budget(root: Path, settings: Settings, name: str, model: LambdaModel) -> Iterator[Problem]:
    """What the sizes of the package say, which the rules over settings do not know."""
    budget, choice = model.cold_start.budget_ms, _cold_start(root, settings, model)
    if budget is None:
        return
    place = settings.place(name, ("cold_start", "budget_ms"))
    if choice.expected_ms > budget:
        refusal = REFUSALS["lambda/cold-start-budget"]
        yield Problem(
            place,
            refusal.code,
            "cold_start.budget_ms",
            f"got {budget:g} ms: {refusal.reason}",
            allowed=f"at least {choice.expected_ms:.0f} with mode {choice.mode}",
            fix=refusal.nearest,
            source=refusal.source,
        )
    elif choice.mode == "provisioned" and model.candidate is not None and model.canary_percent:
        refusal = REFUSALS["lambda/warm-with-candidate"]
        yield Problem(
            place,
            refusal.code,
            "cold_start.budget_ms",
            f"got {budget:g} ms, which warm instances alone keep: {refusal.reason}",
            fix=refusal.nearest,
            source=refusal.source,
        )
