"""`serving orphans`: objects at the vendors with our tags that the state does not know.

It only looks: what is found may be somebody else's with the same tags, so nothing here deletes.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

from delivery import project, state
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.orphaned import amazon, azure, google
from delivery.orphaned.tagged import Tagged
from delivery.table import columns, show, table
from facts import tags
from stacks.settings.environment import Environment
from stacks.settings.problems import SettingsError, report
from stacks.settings.site import load_site

__all__ = ["Found", "find", "lines", "orphans"]

SCHEMA_VERSION: Final = 1
_HEADS: Final = ("type", "name", "model", "owner", "id")
# By what of the environment is not looked at, and how to look at it oneself.
_BY_HAND: Final = {
    "kubernetes": "Kubernetes: kubectl get all,isvc -A -l {kubernetes}={environment}",
    "gcp": (
        "Google Cloud: gcloud asset search-all-resources "
        "--query=labels.{google}={environment} --scope=projects/<project>"
    ),
    "azure": "Azure: az resource list --tag {azure}={environment}",
}


@dataclass(frozen=True, slots=True)
class Orphan:
    """An object that nobody's state knows; `id` is the vendor's."""

    vendor: str
    type: str
    name: str
    model: str
    owner: str
    id: str


@dataclass(frozen=True, slots=True)
class Found:
    """The orphans, where they were looked for, and where they were not."""

    orphans: list[Orphan]
    looked_at: list[str]
    not_looked_at: list[str]


def orphans(environment: str, *, as_json: bool, plain: bool) -> int:
    """Print what no state knows; the exit code is 0 also where something is found."""
    folder = project.root()
    project.known_environment(folder, environment)
    try:
        site = load_site(folder, environment)
    except SettingsError as error:
        print(report(error.problems), file=sys.stderr)
        return Exit.CONFIGURATION
    found = find(site, environment, state.resources_if_any(folder, environment))
    if as_json:
        told = {"schema_version": SCHEMA_VERSION, "environment": environment, **asdict(found)}
        print(json.dumps(told, indent=2))
        return Exit.OK
    for line in _places(found):
        print(line, file=sys.stderr)
    if not found.orphans:
        print("Nothing that the state does not know.")
        return Exit.OK
    rows = [_row(each) for each in found.orphans]
    show(table(_HEADS, rows, room=columns(sys.stdout), below=("id", "owner")), plain=plain)
    print(
        "\nThese carry the environment's tags, and its state does not know them. Nothing was "
        "deleted.\nfix: `pulumi import` what should stay; delete the rest at the vendor, once "
        "nobody else owns it"
    )
    return Exit.OK


def find(site: Environment, environment: str, resources: Iterable[Mapping[str, Any]]) -> Found:
    """Look where the environment deploys to; where a cloud cannot be asked, that is told.

    Raises:
        Failure: AWS cannot be asked, or is another account.
    """
    state_has = list(resources)
    found: list[Orphan] = []
    looked_at: list[str] = []
    reasons: dict[str, str] = {}
    for cloud in _clouds(site, environment):
        try:
            objects = cloud.tagged()
        except Failure as failure:
            if cloud.vendor not in _BY_HAND:
                raise
            reasons[cloud.vendor] = str(failure)
            continue
        known = cloud.known(state_has)
        found += [
            _orphan(cloud.vendor, each)
            for each in sorted(objects, key=lambda each: each.id.lower())
            if cloud.spelt(each.id) not in known
        ]
        looked_at.append(cloud.place)
    if site.targets.kubernetes:
        reasons["kubernetes"] = ""
    return Found(found, looked_at, [_by_hand(key, environment, reasons[key]) for key in reasons])


@dataclass(frozen=True, slots=True)
class _Cloud:
    vendor: str
    place: str
    """What is looked at, and what of it is not."""
    tagged: Callable[[], list[Tagged]]
    known: Callable[[Iterable[Mapping[str, Any]]], set[str]]
    """The objects in a state, as `spelt`."""
    spelt: Callable[[str], str]
    """An object's id, so that the vendor's and the state's are the same."""


def _clouds(site: Environment, environment: str) -> Iterator[_Cloud]:
    if aws := site.targets.aws:
        yield _Cloud(
            "aws",
            f"AWS account {aws.account_id} in {aws.region}, but for roles of IAM",
            partial(amazon.tagged, aws.account_id, aws.region, environment),
            amazon.known,
            amazon.spelt,
        )
    if gcp := site.targets.gcp:
        yield _Cloud(
            "gcp",
            f"Google Cloud project {gcp.project}, but for alert policies, and deployments within "
            "endpoints",
            partial(google.tagged, gcp.project, environment),
            google.known,
            google.spelt,
        )
    if subscription := site.targets.azure:
        yield _Cloud(
            "azure",
            f"Azure subscription {subscription.subscription_id}, but for versions of models, "
            "data and environments",
            partial(azure.tagged, subscription.subscription_id, environment),
            azure.known,
            azure.spelt,
        )


def _orphan(vendor: str, each: Tagged) -> Orphan:
    read = tags.read(each.tags)
    model, owner = read.get(tags.MODEL, ""), read.get(tags.OWNER, "")
    return Orphan(vendor, each.type, each.name, model, owner, each.id)


def _by_hand(key: str, environment: str, reason: str) -> str:
    """How to look oneself where nobody here has, and why not."""
    words = {
        "environment": environment,
        "kubernetes": next(iter(tags.kubernetes({tags.ENVIRONMENT: ""}))),
        "google": next(iter(tags.google({tags.ENVIRONMENT: ""}))),
        "azure": next(iter(tags.aws({tags.ENVIRONMENT: ""}))),
    }
    why = f" ({' '.join(reason.split())})" if reason else ""
    return f"{_BY_HAND[key].format(**words)}{why}"


def lines(found: Found) -> list[str]:
    """What was found, to print below a run that lost something."""
    told = [f"  {' '.join(_row(each))}" for each in found.orphans]
    if told:
        told = ["At the vendor with this environment's tags, and not known to the state:", *told]
    return [*told, *_places(found)]


def _places(found: Found) -> list[str]:
    looked = [f"Looked at: {each}" for each in found.looked_at]
    return [*looked, *(f"Not looked at, by hand: {each}" for each in found.not_looked_at)]


def _row(orphan: Orphan) -> list[str]:
    return [orphan.type, orphan.name, orphan.model or "-", orphan.owner or "-", orphan.id]
