"""Settings of a Lambda model as arguments of LambdaEndpoint, and the artifacts that it packs."""

from pathlib import Path
from typing import Any

from stacks import artifacts
from stacks.settings.lambda_function import LambdaModel
from stacks.settings.load import Settings
from stacks.settings.problems import Problem, SettingsError
from stacks.targets.translation import as_kind, common, word


def arguments(root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    model = as_kind(LambdaModel, settings.models[name])
    # The function's code is the newest version's; the alias keeps the stable one.
    newest = model.candidate or model.model
    code = None
    if model.model.image is None:
        code = str(artifacts.lambda_package(root, newest, model.architecture))
    return {
        **common(settings, name),
        "code_path": code,
        "image": model.model.image,
        "architecture": model.architecture,
        "memory_mib": model.resources.memory_mib,
        "timeout_seconds": model.timeout_seconds,
        "ephemeral_storage_mib": model.ephemeral_storage_mib,
        "throttle_rate_per_second": model.throttle_rate_per_second,
        "throttle_burst": model.throttle_burst,
        "log_retention_days": model.log_retention_days,
        "shift": word(model.rollout.shift),
        "shift_size_percent": model.rollout.size_percent,
        "shift_wait_seconds": model.rollout.wait_seconds,
    }


def check_artifacts(root: Path, settings: Settings) -> None:
    """Packages that set-up has not made, and artifacts that are not the ones that were meant.

    Raises:
        SettingsError: with all of them.
    """
    found: list[Problem] = []
    for name, model in settings.models.items():
        if not isinstance(model, LambdaModel) or model.model.image is not None:
            continue
        for key, artifact in (("model", model.model), ("candidate", model.candidate)):
            if artifact is None:
                continue
            place = settings.place(name, (key, "uri"))
            package = artifacts.lambda_package(root, artifact, model.architecture)
            path = artifacts.model_path(root, artifact)
            missing = next((p for p in (path, package) if not p.is_file()), None)
            if missing is not None:
                found.append(
                    Problem(
                        place,
                        "MS0209",
                        f"{key}.uri",
                        f"{missing.relative_to(artifacts.folder(root).parent)} is not in the cache",
                        fix="put the model there and run `.venv/bin/python -m runtime."
                        f"package_lambda --architecture {model.architecture}`; `make up` does "
                        "both for the example",
                    )
                )
            elif (actual := artifacts.sha256(path)) != artifact.digest:
                found.append(
                    Problem(
                        settings.place(name, (key, "digest")),
                        "MS0211",
                        f"{key}.digest",
                        f"got {artifact.digest}, and the file has {actual}",
                        fix="find out which of the two is meant before anything is deployed",
                    )
                )
    if found:
        raise SettingsError(found)
