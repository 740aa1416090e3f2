"""Rules over several settings at once. Each finding names the key to change and the way out.

A rule is small, so that a value which is not known keeps few of them from speaking; see
`salvage.py`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from stacks.settings import (
    capabilities,
    kserve_checks,
    language_model_checks,
    server_checks,
)
from stacks.settings.asked import Asked
from stacks.settings.common import Artifact, Candidate, ShareOwner, Shift
from stacks.settings.pairs import count_without_accelerator, low_above_high
from stacks.settings.pinning import exact_version, floating, pinned_image, pinned_uri, registered
from stacks.settings.problems import Problem, shown
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted


@dataclass(frozen=True, slots=True)
class _AskedArtifact:
    """The stable model or the candidate."""

    artifact: Artifact | Candidate
    path: KeyPath
    where: PlaceOf


# Where a rollout of somebody else can own the share.
_WALKED: Final = ("kserve", "kubernetes")

_Rule: TypeAlias = Callable[[Asked], Iterator[Problem]]


def model(asked: Asked) -> list[Problem]:
    """Problems of one model's settings taken together."""
    return [
        *apply(RULES, asked),
        *apply(kserve_checks.RULES, asked),
        *apply(language_model_checks.RULES, asked),
        *apply(server_checks.RULES, asked),
        *apply(capabilities.RULES, asked),
    ]


def _replicas(asked: Asked) -> Iterator[Problem]:
    low, high = asked.settings.min_replicas, asked.settings.max_replicas
    yield from low_above_high(asked.where, ("min_replicas", low), ("max_replicas", high))


def artifact_problems(
    artifact: Artifact | Candidate, path: KeyPath, where: PlaceOf
) -> list[Problem]:
    """Problems of one artifact."""
    return apply(ARTIFACT_RULES, _AskedArtifact(artifact, path, where))


def pinned_source(artifact: Artifact | Candidate, path: KeyPath, where: PlaceOf) -> list[Problem]:
    """Problems of what is copied to a mirror: it has to be the same tomorrow, too."""
    return apply([_uri_is_pinned], _AskedArtifact(artifact, path, where))


def _stable_artifact(asked: Asked) -> Iterator[Problem]:
    yield from artifact_problems(asked.settings.model, ("model",), asked.where)


def _candidate_artifact(asked: Asked) -> Iterator[Problem]:
    candidate = asked.settings.candidate
    if candidate is not None:
        yield from artifact_problems(candidate, ("candidate",), asked.where)


def _version_is_exact(asked: _AskedArtifact) -> Iterator[Problem]:
    version, path = asked.artifact.version, (*asked.path, "version")
    if not exact_version(version):
        yield Problem(
            asked.where(path),
            "MS0202",
            dotted(path),
            f"got {shown(version)}, which is not one release",
            allowed="an exact version; no `latest`, no branch",
            fix='write the release, such as "1.4.0"',
        )


def _uri_is_pinned(asked: _AskedArtifact) -> Iterator[Problem]:
    uri, version, digest = asked.artifact.uri, asked.artifact.version, asked.artifact.digest
    path = (*asked.path, "uri")
    # Where the version is not exact, the URI may hold the release that was meant.
    exact = exact_version(version)
    if pinned_uri(uri, version, digest) if exact else digest or not floating(uri):
        return
    holds = f"the version {version}" if exact else "the release"
    yield Problem(
        asked.where(path),
        "MS0202",
        dotted(path),
        f"got {shown(uri)}, which can change under the same settings",
        allowed=f"a URI that holds {holds}, a 40-digit commit or a sha256 digest",
        fix="point to that version, or add `digest: sha256:…` beside it",
    )


def _file_stays_inside(asked: _AskedArtifact) -> Iterator[Problem]:
    uri, path = asked.artifact.uri, (*asked.path, "uri")
    if uri.startswith("file:") and ".." in uri.split("/"):
        yield Problem(
            asked.where(path),
            "MS0106",
            dotted(path),
            f"got {shown(uri)}, which leads out of the artifacts' folder",
            allowed="file:<model>/<version>/<file>",
            fix="name the file within the folder",
        )


def _file_has_a_digest(asked: _AskedArtifact) -> Iterator[Problem]:
    path = (*asked.path, "digest")
    if asked.artifact.uri.startswith("file:") and asked.artifact.digest is None:
        yield Problem(
            asked.where(path, key=True),
            "MS0202",
            dotted(path),
            "missing; a file has no version of its own",
            fix="add `digest: sha256:…` (sha256sum prints it)",
        )


def _image_is_pinned(asked: _AskedArtifact) -> Iterator[Problem]:
    image, path = asked.artifact.image, (*asked.path, "image")
    if image is not None and not pinned_image(image):
        yield Problem(
            asked.where(path),
            "MS0202",
            dotted(path),
            f"got {shown(image)}, a tag that can move",
            allowed="registry/name@sha256: and 64 hexadecimal digits",
            fix="pin the image by its digest",
        )


def _share_has_a_candidate(asked: Asked) -> Iterator[Problem]:
    share = asked.settings.canary_percent
    if asked.settings.candidate is None and share:
        yield Problem(
            asked.where(("canary_percent",)),
            "MS0203",
            "canary_percent",
            f"got {share}, and there is no candidate to give it to",
            fix="add `candidate: {uri: …, version: …}`, or set canary_percent: 0",
        )


def _candidate_is_another(asked: Asked) -> Iterator[Problem]:
    candidate = asked.settings.candidate
    if candidate is not None and candidate.version == asked.settings.model.version:
        yield Problem(
            asked.where(("candidate", "version")),
            "MS0204",
            "candidate.version",
            f"got {shown(candidate.version)}, which is the stable model's",
            fix="name the candidate's own version, or remove `candidate`",
        )


def _step_size_has_a_shift(asked: Asked) -> Iterator[Problem]:
    yield from _needs_steps(asked, "size_percent", asked.settings.rollout.size_percent)


def _wait_has_a_shift(asked: Asked) -> Iterator[Problem]:
    yield from _needs_steps(asked, "wait_seconds", asked.settings.rollout.wait_seconds)


def _needs_steps(asked: Asked, key: str, value: int | None) -> Iterator[Problem]:
    if value is not None and asked.settings.rollout.shift in {None, Shift.ALL_AT_ONCE}:
        yield Problem(
            asked.where(("rollout", key)),
            "MS0206",
            f"rollout.{key}",
            f"got {value}, and the shift has no steps",
            fix="remove it, or set rollout.shift to canary, linear or rolling",
        )


def _owner_has_a_share(asked: Asked) -> Iterator[Problem]:
    """Nobody but Kubernetes' controllers walks a share beside Pulumi."""
    settings = asked.settings
    if settings.rollout.owner is ShareOwner.ROLLOUT and settings.target not in _WALKED:
        yield Problem(
            asked.where(("rollout", "owner")),
            "MS0214",
            "rollout.owner",
            f"got rollout, and on {settings.target} each `up` sets canary_percent",
            fix="remove it; raise canary_percent step by step",
        )


def _count_has_an_accelerator(asked: Asked) -> Iterator[Problem]:
    yield from count_without_accelerator(asked.where, asked.settings.resources)


def _something_serves(asked: Asked) -> Iterator[Problem]:
    artifact = asked.settings.model
    if not artifact.framework and not artifact.image and not registered(artifact.uri):
        example = "onnx" if artifact.uri.endswith(".onnx") else "xgboost"
        yield Problem(
            asked.where(("model", "framework"), key=True),
            "MS0205",
            "model.framework",
            "missing, and so is model.image: nothing says what serves the model",
            fix=f"add `framework: {example}`, or `image: registry/name@sha256:…`",
        )


ARTIFACT_RULES: Final[tuple[Callable[[_AskedArtifact], Iterator[Problem]], ...]] = (
    _version_is_exact,
    _uri_is_pinned,
    _file_stays_inside,
    _file_has_a_digest,
    _image_is_pinned,
)
RULES: Final[tuple[_Rule, ...]] = (
    _replicas,
    _stable_artifact,
    _candidate_artifact,
    _share_has_a_candidate,
    _candidate_is_another,
    _step_size_has_a_shift,
    _wait_has_a_shift,
    _owner_has_a_share,
    _count_has_an_accelerator,
    _something_serves,
)
