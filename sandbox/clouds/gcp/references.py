"""Whether what a property points to exists: what is of the sandbox's projects must be there.

What is elsewhere passes: other projects, public images, what Google manages itself. Of a bucket
nothing tells where it is, as their names are global: one that is not here is doubted, not refused.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.check import Problem, nearest
from sandbox.clouds.base import Call
from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = [
    "TARGETS",
    "account_problem",
    "doubts",
    "missing_bucket",
    "problem",
    "problems",
    "projects",
    "values",
]


@dataclass(frozen=True, slots=True)
class Target:
    """What can be pointed to; `always` are names that every project has."""

    noun: str
    tokens: tuple[str, ...]
    always: frozenset[str] = frozenset()


# What is left of resources that a deletion does not remove: KMS keys, and what is abandoned.
STAYS = "gcp:sandbox:Retired"
_DEFAULT = frozenset({"default"})
TARGETS: dict[str, Target] = {
    "bucket": Target("bucket", ("gcp:storage/bucket:Bucket",)),
    "channel": Target(
        "notification channel", ("gcp:monitoring/notificationChannel:NotificationChannel",)
    ),
    "cluster": Target("cluster", ("gcp:container/cluster:Cluster",)),
    "connector": Target("VPC connector", ("gcp:vpcaccess/connector:Connector",)),
    "key": Target("KMS key", ("gcp:kms/cryptoKey:CryptoKey",)),
    "level": Target("service of objectives", ("gcp:monitoring/customService:CustomService",)),
    "network": Target("network", ("gcp:compute/network:Network",), _DEFAULT),
    "objective": Target("objective", ("gcp:monitoring/slo:Slo",)),
    "pool": Target(
        "deployment resource pool",
        ("gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool",),
    ),
    "ring": Target("key ring", ("gcp:kms/keyRing:KeyRing",)),
    "secret": Target(
        "secret",
        ("gcp:secretmanager/secret:Secret", "gcp:secretmanager/regionalSecret:RegionalSecret"),
    ),
    "subnetwork": Target("subnetwork", ("gcp:compute/subnetwork:Subnetwork",), _DEFAULT),
    "subscription": Target("subscription", ("gcp:pubsub/subscription:Subscription",)),
    "topic": Target("topic", ("gcp:pubsub/topic:Topic",)),
}
_KEY_NAME = re.compile(r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+")
_KEY_PAGE = "https://cloud.google.com/kms/docs/resource-hierarchy#resource_ids"
_ACCOUNT = "gcp:serviceaccount/account:Account"
# So many names are all shown where none is near.
_MOST_NAMED = 5
# Google's own names of what has been deleted or is meant by the service itself.
_NO_NAMES = frozenset({"", "-", "_deleted-topic_"})


def values(inputs: Any, path: str, at: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """What is at a path such as `template.containers.[].image`, each with its place."""
    name, _, rest = path.partition(".")
    if name == "[]":
        parts = [(f"{at}[{index}]", item) for index, item in enumerate(listed(inputs))]
    else:
        parts = [(f"{at}.{name}" if at else name, mapped(inputs).get(name))]
    for place, value in parts:
        if value is None:
            continue
        if rest:
            yield from values(value, rest, place)
        else:
            yield place, value


def problems(call: Call, references: Mapping[str, str]) -> list[Problem]:
    """What is pointed to and is certainly not there.

    Args:
        call: a creation or update, whose inputs are all known.
        references: paths of inputs, and the names of what they point to.
    """
    return [
        wrong
        for path, target in references.items()
        for at, value in values(call.inputs, path)
        for wrong in problem(call, at, target, value)
    ]


def doubts(call: Call, references: Mapping[str, str]) -> list[Problem]:
    """What is pointed to and is not here, though it may be elsewhere."""
    return [
        doubt
        for path, target in references.items()
        if target == "bucket"
        for at, value in values(call.inputs, path)
        for doubt in missing_bucket(call, at, value)
    ]


def missing_bucket(call: Call, path: str, value: Any) -> list[Problem]:  # noqa: ANN401
    """What to say of a bucket that no project of the sandbox has."""
    target = TARGETS["bucket"]
    if not _absent(call, path, target, value):
        return []
    meant = nearest(value, _names(call, target))
    hint = f'; did you mean "{meant}"?' if meant else ""
    reason = (
        f'bucket "{value}" is in no project of the sandbox; it passes, as another project may have'
        f" it{hint}"
    )
    return [Problem(path, reason)]


def problem(call: Call, path: str, target: str, value: Any) -> list[Problem]:  # noqa: ANN401
    """A problem if one value points to what is certainly not there."""
    match target:
        case "account":
            return account_problem(call, path, value)
        case "bucket":
            return []
        case "key":
            return _key_name(path, value) or _absent(call, path, TARGETS[target], value)
        case _:
            return _absent(call, path, TARGETS[target], value)


def _absent(call: Call, path: str, target: Target, value: Any) -> list[Problem]:  # noqa: ANN401
    """A problem unless a name, id or URL is of something that exists, or is elsewhere."""
    if not isinstance(value, str) or _last(value) in _NO_NAMES | target.always:
        return []
    if _is_elsewhere(call, value) or _is_there(call, target, value):
        return []
    names = _names(call, target)
    meant = nearest(_last(value), names)
    there = f"; there is {', '.join(names)}" if 0 < len(names) <= _MOST_NAMED else ""
    hint = f'; did you mean "{meant}"?' if meant else there
    project = _project(call, value) or call.scope.account
    return [Problem(path, f'{target.noun} "{value}" does not exist in project {project}{hint}')]


def _names(call: Call, target: Target) -> list[str]:
    return [row.name for token in target.tokens for row in call.store.list("gcp", token)]


def _is_there(call: Call, target: Target, value: str) -> bool:
    return _found(call, target, value) is not None or (
        target is TARGETS["subnetwork"] and _is_automatic(call, value)
    )


def _is_automatic(call: Call, subnetwork: str) -> bool:
    """Whether a network has it by itself: one in each region, of the network's own name."""
    network = call.store.by_name("gcp", "gcp:compute/network:Network", _last(subnetwork))
    return network is not None and network.inputs.get("autoCreateSubnetworks") not in {
        False,
        "false",
    }


def _found(call: Call, target: Target, value: str) -> Row | None:
    """The row that is meant by a name, an id or a URL."""
    whole = _whole(call, value)
    for token in target.tokens:
        row = call.store.get("gcp", token, whole)
        if row is None and not whole.startswith("projects/"):
            row = call.store.by_name("gcp", token, _last(whole))
        if row is not None:
            return row
    left = call.store.get("gcp", STAYS, whole)
    return left if left is not None and left.live.get("usable") else None


def _key_name(path: str, value: Any) -> list[Problem]:  # noqa: ANN401 - a property value
    """A problem unless a key is named in full, as every service wants it."""
    if not isinstance(value, str) or not value or _KEY_NAME.search(value):
        return []
    reason = (
        f'got "{value}"; use projects/<project>/locations/<location>/keyRings/<ring>/cryptoKeys/'
        f"<key> ({_KEY_PAGE})"
    )
    return [Problem(path, reason)]


def account_problem(call: Call, path: str, value: Any) -> list[Problem]:  # noqa: ANN401
    """A problem unless an email, or the id of a service account, is of one that exists."""
    if not isinstance(value, str):
        return []
    email = value.rpartition("/")[2].removeprefix("serviceAccount:")
    domain = email.partition("@")[2].removesuffix(".iam.gserviceaccount.com")
    if domain not in projects(call):
        return []  # Of another project, or one that Google makes itself.
    if call.store.get("gcp", _ACCOUNT, f"projects/{domain}/serviceAccounts/{email}"):
        return []
    accounts = call.store.list("gcp", _ACCOUNT)
    meant = nearest(email, [str(row.outputs.get("email")) for row in accounts])
    hint = f'; did you mean "{meant}"?' if meant else ""
    return [Problem(path, f"service account {email} does not exist in project {domain}{hint}")]


def _whole(call: Call, value: str) -> str:
    """A URL or id as an id: without its host, with the project's id for its number."""
    if "projects/" not in value:
        return value
    text = value[value.index("projects/") :]
    text = re.sub(r"/(cryptoKeyVersions|versions)/[^/]+$", "", text)
    project = text.split("/")[1]
    return text.replace(f"projects/{project}/", f"projects/{_named(call, project)}/", 1)


def _project(call: Call, value: str) -> str:
    whole = _whole(call, value)
    return whole.split("/")[1] if whole.startswith("projects/") else ""


def _is_elsewhere(call: Call, value: str) -> bool:
    project = _project(call, value)
    return bool(project) and project not in projects(call)


def projects(call: Call) -> list[str]:
    """The ids of the projects that are there, those that programs have made too."""
    made = call.store.list("gcp", "gcp:organizations/project:Project")
    found = [identity.id for identity in call.store.identities("gcp_project")]
    return [*found, *(str(row.inputs.get("projectId")) for row in made)]


def _named(call: Call, project: str) -> str:
    for identity in call.store.identities("gcp_project"):
        if identity.details.get("number") == project:
            return identity.id
    return project


def _last(value: str) -> str:
    return value.rstrip("/").rpartition("/")[2]
