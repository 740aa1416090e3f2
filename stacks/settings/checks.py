"""Rules over several settings at once. Each finding names the key to change and the way out."""

from collections.abc import Mapping

from facts.accelerators import EC2_GPU_INSTANCE_TYPES
from stacks.settings import capability_checks
from stacks.settings.environment import Environment, Layer
from stacks.settings.models import (
    Artifact,
    Candidate,
    KServeModel,
    ModelSettings,
    SageMakerModel,
    Shift,
)
from stacks.settings.pinning import exact_version, pinned_image, pinned_uri
from stacks.settings.problems import Problem, nearest, shown
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted


def model(settings: ModelSettings, where: PlaceOf) -> list[Problem]:
    """Problems of one model's settings taken together."""
    return [
        *_replicas(settings, where),
        *_pinned(settings.model, ("model",), where),
        *_candidate(settings, where),
        *_rollout(settings, where),
        *_resources(settings, where),
        *_served_by(settings, where),
        *capability_checks.refusals(settings, where),
    ]


def environment(
    file: str,
    site: Environment,
    models: Mapping[str, ModelSettings],
    where: PlaceOf,
) -> list[Problem]:
    """Problems of an environment: what its models and pools need and it does not name."""
    found: list[Problem] = []
    serving = site.layer is not Layer.PLATFORM
    pools = site.platform.gpu_node_pools if site.layer is not Layer.SERVING else {}
    on_aws = [n for n, m in models.items() if not isinstance(m, KServeModel) and serving]
    on_kubernetes = [n for n, m in models.items() if isinstance(m, KServeModel) and serving]
    needs: list[tuple[str, object, list[str], str]] = [
        ("aws", site.targets.aws, [*on_aws, *pools], "{account_id: …, region: …}"),
        ("kubernetes", site.targets.kubernetes, on_kubernetes, "{context: …}"),
        ("eks", site.targets.eks, [*pools], "{cluster_name: …, subnet_ids: […]}"),
    ]
    for target, value, users, shape in needs:
        if users and value is None:
            found.append(
                Problem(
                    where(("targets", target), key=True),
                    "MS0208",
                    f"model-serving:targets.{target}",
                    f"missing, and {', '.join(users[:3])}{' and more' * (len(users) > 3)} "  # noqa: PLR2004
                    "cannot go anywhere without it",
                    fix=f"add `{target}: {shape}` under `model-serving:targets` of {file}",
                )
            )
    for pool_name, pool in pools.items():
        path: KeyPath = ("platform", "gpu_node_pools", pool_name)
        for key, value, most in (
            ("min_nodes", pool.min_nodes, pool.max_nodes),
            ("desired_nodes", pool.desired_nodes or 0, pool.max_nodes),
        ):
            if value > most:
                found.append(
                    Problem(
                        where((*path, key)),
                        "MS0201",
                        f"model-serving:{dotted((*path, key))}",
                        f"got {value}, above max_nodes {most}",
                        fix=f"lower it to {most}, or raise max_nodes",
                    )
                )
        for index, instance in enumerate(pool.instance_types):
            known = EC2_GPU_INSTANCE_TYPES.get(instance)
            if known is None or known.accelerator != pool.accelerator:
                choices = [
                    t.name
                    for t in EC2_GPU_INSTANCE_TYPES.values()
                    if t.accelerator == pool.accelerator
                ]
                found.append(
                    Problem(
                        where((*path, "instance_types", index)),
                        "MS0210",
                        f"model-serving:{dotted((*path, 'instance_types', index))}",
                        f"got {shown(instance)}, which is not known to carry {pool.accelerator}",
                        allowed=", ".join(choices),
                        nearest=nearest(instance, choices),
                        fix="take one of these, or add the type to facts/accelerators.py",
                    )
                )
    return found


def _replicas(settings: ModelSettings, where: PlaceOf) -> list[Problem]:
    low, high = settings.min_replicas, settings.max_replicas
    if low <= high:
        return []
    return [
        Problem(
            where(("min_replicas",)),
            "MS0201",
            "min_replicas",
            f"got {low}, above max_replicas {high} ({where(('max_replicas',))})",
            fix=f"lower it to {high}, or raise max_replicas",
        )
    ]


def _pinned(artifact: Artifact | Candidate, path: KeyPath, where: PlaceOf) -> list[Problem]:
    found: list[Problem] = []
    if not exact_version(artifact.version):
        found.append(
            Problem(
                where((*path, "version")),
                "MS0202",
                dotted((*path, "version")),
                f"got {shown(artifact.version)}, which is not one release",
                allowed="an exact version; no `latest`, no branch",
                fix='write the release, such as "1.4.0"',
            )
        )
    if not pinned_uri(artifact.uri, artifact.version, artifact.digest):
        found.append(
            Problem(
                where((*path, "uri")),
                "MS0202",
                dotted((*path, "uri")),
                f"got {shown(artifact.uri)}, which can change under the same settings",
                allowed=f"a URI that holds the version {artifact.version}, a 40-digit commit or a "
                "sha256 digest",
                fix="point to that version, or add `digest: sha256:…` beside it",
            )
        )
    if artifact.uri.startswith("file:") and ".." in artifact.uri.split("/"):
        found.append(
            Problem(
                where((*path, "uri")),
                "MS0106",
                dotted((*path, "uri")),
                f"got {shown(artifact.uri)}, which leads out of the artifacts' folder",
                allowed="file:<model>/<version>/<file>",
                fix="name the file within the folder",
            )
        )
    if artifact.uri.startswith("file:") and artifact.digest is None:
        found.append(
            Problem(
                where((*path, "digest"), key=True),
                "MS0202",
                dotted((*path, "digest")),
                "missing; a file has no version of its own",
                fix="add `digest: sha256:…` (sha256sum prints it)",
            )
        )
    image = getattr(artifact, "image", None)
    if isinstance(image, str) and not pinned_image(image):
        found.append(
            Problem(
                where((*path, "image")),
                "MS0202",
                dotted((*path, "image")),
                f"got {shown(image)}, a tag that can move",
                allowed="registry/name@sha256: and 64 hexadecimal digits",
                fix="pin the image by its digest",
            )
        )
    return found


def _candidate(settings: ModelSettings, where: PlaceOf) -> list[Problem]:
    if settings.candidate is None:
        if settings.canary_percent == 0:
            return []
        return [
            Problem(
                where(("canary_percent",)),
                "MS0203",
                "canary_percent",
                f"got {settings.canary_percent}, and there is no candidate to give it to",
                fix="add `candidate: {uri: …, version: …}`, or set canary_percent: 0",
            )
        ]
    found = _pinned(settings.candidate, ("candidate",), where)
    if settings.candidate.version == settings.model.version:
        found.append(
            Problem(
                where(("candidate", "version")),
                "MS0204",
                "candidate.version",
                f"got {shown(settings.candidate.version)}, which is the stable model's",
                fix="name the candidate's own version, or remove `candidate`",
            )
        )
    return found


def _rollout(settings: ModelSettings, where: PlaceOf) -> list[Problem]:
    rollout = settings.rollout
    if rollout.shift not in {None, Shift.ALL_AT_ONCE}:
        return []
    return [
        Problem(
            where(("rollout", key)),
            "MS0206",
            f"rollout.{key}",
            f"got {value}, and the shift has no steps",
            fix="remove it, or set rollout.shift to canary, linear or rolling",
        )
        for key, value in (
            ("size_percent", rollout.size_percent),
            ("wait_seconds", rollout.wait_seconds),
        )
        if value is not None
    ]


def _resources(settings: ModelSettings, where: PlaceOf) -> list[Problem]:
    asked = settings.resources
    if asked.accelerator_count is None or asked.accelerator is not None:
        return []
    return [
        Problem(
            where(("resources", "accelerator_count")),
            "MS0207",
            "resources.accelerator_count",
            f"got {asked.accelerator_count}, and no accelerator",
            fix="add `accelerator: nvidia-…`, or remove the count",
        )
    ]


def _served_by(settings: ModelSettings, where: PlaceOf) -> list[Problem]:
    if settings.model.framework or settings.model.image:
        return []
    example = "xgboost" if isinstance(settings, SageMakerModel) else "onnx"
    return [
        Problem(
            where(("model", "framework"), key=True),
            "MS0205",
            "model.framework",
            "missing, and so is model.image: nothing says what serves the model",
            fix=f"add `framework: {example}`, or `image: registry/name@sha256:…`",
        )
    ]
