"""Cloud Run and Cloud Functions: services, jobs, functions, and their revisions."""

from typing import Any

from sandbox.check import Problem
from sandbox.clouds.base import Call, Naming, hexadecimal, letters, moment
from sandbox.clouds.gcp import run_rules
from sandbox.clouds.gcp.kind import Identity, Kind
from sandbox.clouds.gcp.references import problem, projects
from sandbox.values import at, listed, mapped
from sandbox.wire import has_unknown

__all__ = ["FUNCTION", "JOB", "KINDS", "SERVICE", "another_template", "meanwhile"]

SERVICE = "gcp:cloudrunv2/service:Service"
JOB = "gcp:cloudrunv2/job:Job"
FUNCTION = "gcp:cloudfunctionsv2/function:Function"
_PAGE = "https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services"
_LATEST = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
_REVISION = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
_ALL = 100


def _traffic(call: Call) -> list[Problem]:
    traffic = call.inputs.get("traffics")
    if not isinstance(traffic, list) or has_unknown(traffic) or not traffic:
        return []
    targets = [mapped(target) for target in listed(call.inputs.get("traffics"))]
    found: list[Problem] = []
    for index, target in enumerate(targets):
        if target.get("type") == _REVISION and not target.get("revision"):
            reason = f"missing; name the revision, or use the type {_LATEST} ({_PAGE})"
            found.append(Problem(f"traffics[{index}].revision", reason))
    shares = [target.get("percent") or 0 for target in targets]
    if not all(isinstance(share, int | float) for share in shares):
        return found  # The shape is wrong already.
    total = sum(shares)
    if total != _ALL:
        found.append(Problem("traffics", f"percents add up to {total:g}; use 100 ({_PAGE})"))
    return found


def _scaling(call: Call) -> list[Problem]:
    found: list[Problem] = []
    for block in ("scaling", "template.scaling"):
        least, most = (
            at(call.inputs, *block.split("."), name)
            for name in ("minInstanceCount", "maxInstanceCount")
        )
        # Zero at the top is none given.
        if isinstance(least, int | float) and isinstance(most, int | float) and least > most > 0:
            reason = f"got {least:g}; use at most maxInstanceCount, {most:g} ({_PAGE})"
            found.append(Problem(f"{block}.minInstanceCount", reason))
    return found


def _service_constraints(call: Call) -> list[Problem]:
    return _traffic(call) + _scaling(call) + run_rules.problems(call)


def _revisions(call: Call) -> list[Problem]:
    """Revisions that get traffic are there: those made so far, or the one of this template."""
    known = listed(call.previous.live.get("revisions")) if call.previous is not None else []
    named = at(call.inputs, "template", "revision")
    found: list[Problem] = []
    for index, target in enumerate(map(mapped, listed(call.inputs.get("traffics")))):
        wanted = target.get("revision")
        if wanted and wanted not in [*known, named]:
            there = ", ".join(map(str, known)) or "none yet"
            reason = f'Revision "{wanted}" does not exist; the service has {there}'
            found.append(Problem(f"traffics[{index}].revision", reason))
    return found + run_rules.taken(call) + run_rules.archives(call)


def _live(call: Call, identity: Identity) -> dict[str, Any]:
    """The revisions with their templates: a change of the template makes one.

    Of a name that is there, with the same template, nothing is made anew.
    """
    before = call.previous.live if call.previous is not None else {}
    revisions = listed(before.get("revisions"))
    if not another_template(call):
        return before
    given = at(call.inputs, "template", "revision")
    suffix = f"{len(revisions) + 1:05d}-{letters(3, 'bcdfghjkmnpqrstvwxz')}"
    name = str(given or f"{identity.name}-{suffix}")
    templates = {**mapped(before.get("templates")), name: call.inputs.get("template")}
    return {
        "revisions": [*revisions, *([] if name in revisions else [name])],
        "templates": templates,
        "latest": name,
    }


def another_template(call: Call) -> bool:
    """Whether the service gets another template than it has, which the state may not know of.

    Of an update that failed Pulumi keeps the old inputs; the service has the new ones.
    """
    before = call.previous.inputs if call.previous is not None else {}
    return before.get("template") != call.inputs.get("template")


def meanwhile(call: Call) -> dict[str, Any]:
    """What a service says while its newest revision is not ready: requests go where they went."""
    nowhere: dict[str, Any] = {"latestReadyRevision": "", "trafficStatuses": []}
    before = call.previous.outputs if call.previous is not None else nowhere
    kept = ("latestReadyRevision", "trafficStatuses", "observedGeneration")
    return {"reconciling": True, **{name: before[name] for name in kept if name in before}}


def _service_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    latest = identity.live.get("latest") or listed(identity.live.get("revisions"))[-1]
    revision = f"{identity.id}/revisions/{latest}"
    address = f"https://{identity.name}-{identity.number}.{identity.place}.run.app"
    traffic = listed(call.inputs.get("traffics")) or [{"type": _LATEST, "percent": _ALL}]
    return {
        **_resource(call),
        "latestCreatedRevision": revision,
        "latestReadyRevision": revision,
        "uri": address,
        "urls": [address],
        "trafficStatuses": [
            {
                "type": mapped(target).get("type", _LATEST),
                "revision": mapped(target).get("revision", ""),
                "percent": mapped(target).get("percent", 0),
                "tag": mapped(target).get("tag", ""),
                "uri": f"https://{tag}---{address.removeprefix('https://')}"
                if (tag := mapped(target).get("tag"))
                else "",
            }
            for target in traffic
        ],
        "conditions": [_condition("RoutesReady"), _condition("ConfigurationsReady")],
        "terminalConditions": [_condition("Ready")],
    }


def _job_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    del identity
    return {
        **_resource(call),
        "executionCount": 0,
        "latestCreatedExecutions": [],
        "conditions": [_condition("ResourcesAvailable")],
        "terminalConditions": [_condition("Ready")],
    }


def _pool_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    revision = f"{identity.id}/revisions/{identity.name}-00001-{letters(3)}"
    before = call.previous.outputs if call.previous is not None else {}
    return {
        **_resource(call),
        "latestCreatedRevision": before.get("latestCreatedRevision") or revision,
        "latestReadyRevision": before.get("latestReadyRevision") or revision,
        "conditions": [_condition("ConfigurationsReady")],
        "terminalConditions": [_condition("Ready")],
    }


def _resource(call: Call) -> dict[str, Any]:
    before = call.previous.outputs if call.previous is not None else {}
    generation = str(int(before.get("generation") or 0) + 1)
    who = f"sandbox@{call.scope.account}.iam.gserviceaccount.com"
    annotations: Any = call.inputs.get("annotations") or {}
    return {
        "generation": generation,
        "observedGeneration": generation,
        "creator": who,
        "lastModifier": who,
        "deleteTime": "",
        "expireTime": "",
        "effectiveAnnotations": annotations,
        "etag": f'"{hexadecimal(16)}"',
        "reconciling": False,
    }


def _condition(kind: str) -> dict[str, Any]:
    return {
        "type": kind,
        "state": "CONDITION_SUCCEEDED",
        "message": "",
        "reason": "",
        "revisionReason": "",
        "executionReason": "",
        "severity": "",
        "lastTransitionTime": moment(),
    }


def _function_secrets(call: Call) -> list[Problem]:
    """Secrets are named without their project, which is beside them."""
    found: list[Problem] = []
    for name in ("secretEnvironmentVariables", "secretVolumes"):
        for index, secret in enumerate(listed(at(call.inputs, "serviceConfig", name))):
            if mapped(secret).get("projectId") in {None, *projects(call)}:
                path = f"serviceConfig.{name}[{index}].secret"
                found += problem(call, path, "secret", mapped(secret).get("secret"))
    return found


def _function_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    url = f"https://{identity.place}-{identity.project}.cloudfunctions.net/{identity.name}"
    service = identity.name.replace("_", "-").lower()
    uri = f"https://{service}-{identity.number}.{identity.place}.run.app"
    own = mapped(call.inputs.get("serviceConfig"))
    run = f"projects/{identity.project}/locations/{identity.place}/services/{service}"
    found: dict[str, Any] = {"url": url, "state": "ACTIVE", "environment": "GEN_2"}
    if own:
        account = f"{identity.number}-compute@developer.gserviceaccount.com"
        computed = {"uri": uri, "gcfUri": "", "service": run, "serviceAccountEmail": account}
        found["serviceConfig"] = {**computed, **own}
    if build := mapped(call.inputs.get("buildConfig")):
        name = f"projects/{identity.number}/locations/{identity.place}/builds/{hexadecimal(32)}"
        found["buildConfig"] = {"build": name, **build}
    return found


def _template(path: str) -> dict[str, str]:
    return {
        f"{path}.serviceAccount": "account",
        f"{path}.encryptionKey": "key",
        f"{path}.vpcAccess.connector": "connector",
        f"{path}.vpcAccess.networkInterfaces.[].network": "network",
        f"{path}.vpcAccess.networkInterfaces.[].subnetwork": "subnetwork",
        f"{path}.volumes.[].gcs.bucket": "bucket",
        f"{path}.volumes.[].secret.secret": "secret",
        f"{path}.containers.[].envs.[].valueSource.secretKeyRef.secret": "secret",
    }


KINDS = {
    SERVICE: Kind(
        # Pulumi-gcp's own length, one more than the service takes.
        naming=Naming("name", max_length=50, lower=True),
        references=_template("template"),
        referring=_revisions,
        constraints=_service_constraints,
        outputs=_service_outputs,
        live=_live,
    ),
    JOB: Kind(references=_template("template.template"), outputs=_job_outputs),
    "gcp:cloudrunv2/workerPool:WorkerPool": Kind(
        references=_template("template"), outputs=_pool_outputs
    ),
    FUNCTION: Kind(
        references={
            "kmsKeyName": "key",
            "buildConfig.source.storageSource.bucket": "bucket",
            "buildConfig.serviceAccount": "account",
            "eventTrigger.pubsubTopic": "topic",
            "eventTrigger.serviceAccountEmail": "account",
            "serviceConfig.serviceAccountEmail": "account",
            "serviceConfig.vpcConnector": "connector",
        },
        referring=_function_secrets,
        outputs=_function_outputs,
    ),
}
