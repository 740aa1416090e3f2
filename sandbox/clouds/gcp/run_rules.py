"""What the Cloud Run API refuses of a service beyond fields by themselves.

Sources: the pages named below, and the discovery document `run.v2` (ResourceRequirements, Probe,
NodeSelector, SourceCode). Of revisions' names: Knative, whose API Cloud Run's is, and the words of
the API's own refusals.
"""

import re
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.base import Call
from sandbox.clouds.gcp.storage import OBJECT
from sandbox.values import at, listed, mapped
from sandbox.wire import UNKNOWN, has_unknown

__all__ = ["archives", "problems", "taken"]

_DOCS = "https://cloud.google.com/run/docs/"
_CPU = f"{_DOCS}configuring/services/cpu"
_GPU = f"{_DOCS}configuring/services/gpu"
_PROBES = f"{_DOCS}configuring/healthchecks"
_TRAFFIC = f"{_DOCS}rollouts-rollbacks-traffic-migration"
_SOURCE = f"{_DOCS}deploying-source-code"
_LIMIT = "nvidia.com/gpu"
_GIB = 1024
# vCPUs with the least and most memory in GiB.
_MEMORY = {"1": (0, 4), "2": (0, 8), "4": (2, 16), "6": (4, 24), "8": (4, 32)}
_GPUS: dict[str, tuple[int, int, frozenset[str]]] = {
    # vCPUs, GiB, regions; those by invitation too: who may use them is not known here.
    "nvidia-l4": (
        4,
        16,
        frozenset(
            {"asia-southeast1", "asia-south1", "europe-west1", "europe-west4", "us-central1"}
            | {"us-east4"}
        ),
    ),
    "nvidia-rtx-pro-6000": (
        20,
        80,
        frozenset({"asia-southeast1", "asia-south2", "europe-west4", "us-central1"}),
    ),
}
_UNITS = {"Ki": 1 / 1024, "Mi": 1, "Gi": 1024, "k": 1e3 / 2**20, "M": 1e6 / 2**20, "G": 1e9 / 2**20}
_MOST_SECONDS = 3600
_MOST_REQUESTS = 1000
_STARTUP_SECONDS = 240
_TAG = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_LONGEST_NAME = 63
_LONGEST_TAGGED = 46


def problems(call: Call) -> list[Problem]:
    """What inputs alone tell."""
    template = mapped(call.inputs.get("template"))
    if not template or has_unknown([template.get("containers"), template.get("nodeSelector")]):
        return _tags(call)
    return [
        *_tags(call),
        *_name(call),
        *_times(template),
        *_accelerator(call, template),
        *(each for i, c in enumerate(listed(template.get("containers"))) for each in _one(i, c)),
    ]


def _tags(call: Call) -> list[Problem]:
    """Each tag is one address, `<tag>---<service>-…`."""
    found: list[Problem] = []
    seen: set[str] = set()
    for index, target in enumerate(map(mapped, listed(call.inputs.get("traffics")))):
        tag: Any = target.get("tag")
        if not isinstance(tag, str) or not tag:
            continue
        service: Any = call.inputs.get("name")
        if isinstance(service, str) and len(tag) + len(service) > _LONGEST_TAGGED:
            reason = (
                f"traffic tag '{tag}' and service name '{service}' together are too long. Combined"
                f" traffic tag and service name cannot exceed {_LONGEST_TAGGED} characters"
            )
            found.append(Problem(f"traffics[{index}].tag", reason))
        if not _TAG.fullmatch(tag):
            reason = (
                f'got "{tag}"; use lower-case letters, digits and -, a letter first ({_TRAFFIC})'
            )
            found.append(Problem(f"traffics[{index}].tag", reason))
        elif tag in seen:
            reason = f'tag "{tag}" is there twice; use each once ({_TRAFFIC})'
            found.append(Problem(f"traffics[{index}].tag", reason))
        seen.add(tag)
    return found


def _name(call: Call) -> list[Problem]:
    """A revision's own name begins with the service's."""
    revision: Any = at(call.inputs, "template", "revision")
    service: Any = call.inputs.get("name")
    if not isinstance(revision, str) or not isinstance(service, str) or not revision:
        return []
    if not _TAG.fullmatch(revision) or len(revision) > _LONGEST_NAME:
        reason = (
            f'got "{revision}"; only lowercase, digits, and hyphens; must begin with letter, and'
            " may not end with hyphen; must be less than 64 characters"
        )
    elif not revision.startswith(f"{service}-"):
        reason = f'"{revision}" must have prefix "{service}-"'
    else:
        return []
    return [Problem("template.revision", reason)]


def _times(template: dict[str, Any]) -> list[Problem]:
    found: list[Problem] = []
    seconds = _seconds(template.get("timeout"))
    if seconds is not None and not 0 < seconds <= _MOST_SECONDS:
        reason = (
            f"got {template.get('timeout')}; use 1s to 3600s ({_DOCS}configuring/request-timeout)"
        )
        found.append(Problem("template.timeout", reason))
    at_once: Any = template.get("maxInstanceRequestConcurrency")
    if isinstance(at_once, int | float) and not 0 <= at_once <= _MOST_REQUESTS:
        reason = f"got {at_once:g}; use 1 to {_MOST_REQUESTS} ({_DOCS}about-concurrency)"
        found.append(Problem("template.maxInstanceRequestConcurrency", reason))
    return found


def _accelerator(call: Call, template: dict[str, Any]) -> list[Problem]:
    """A GPU is named by the node selector and asked for by a container, with CPU and memory."""
    name: Any = at(template, "nodeSelector", "accelerator")
    containers = [mapped(each) for each in listed(template.get("containers"))]
    counts = [mapped(at(each, "resources", "limits")).get(_LIMIT) for each in containers]
    asked = [count for count in counts if count is not None]
    path = "template.nodeSelector.accelerator"
    if name is None:
        reason = f"missing, and a container asks for {_LIMIT} ({_GPU})"
        return [Problem(path, reason)] if asked else []
    if name not in _GPUS:
        return [Problem(path, f'got "{name}"; use one of {", ".join(_GPUS)} ({_GPU})')]
    if [str(count) for count in asked] != ["1"]:
        where = f"template.containers[0].resources.limits.{_LIMIT}"
        return [Problem(where, f"one container has exactly 1 ({_GPU})")]
    return _with_gpu(call, template, containers[counts.index(asked[0])], str(name))


def _with_gpu(
    call: Call, template: dict[str, Any], container: dict[str, Any], name: str
) -> list[Problem]:
    cpu, memory, regions = _GPUS[name]
    found: list[Problem] = []
    limits = mapped(at(container, "resources", "limits"))
    where = "template.containers[0].resources"
    if (_number(limits.get("cpu")) or 0) < cpu:
        found.append(Problem(f"{where}.limits.cpu", f"{name} needs at least {cpu} vCPUs ({_GPU})"))
    if (_mebibytes(limits.get("memory")) or 0) < memory * _GIB:
        reason = f"{name} needs at least {memory}Gi ({_GPU})"
        found.append(Problem(f"{where}.limits.memory", reason))
    # Where resources are given, pulumi-gcp sends false for what is not said.
    if at(container, "resources", "cpuIdle") is True:
        reason = f"must be false: instances with GPUs are billed by the instance ({_GPU})"
        found.append(Problem(f"{where}.cpuIdle", reason))
    if template.get("executionEnvironment") == "EXECUTION_ENVIRONMENT_GEN1":
        reason = f"GPUs are of the second generation alone ({_GPU})"
        found.append(Problem("template.executionEnvironment", reason))
    place: Any = call.inputs.get("location")
    if isinstance(place, str) and place not in regions:
        reason = f"{place} has no {name}; use one of {', '.join(sorted(regions))} ({_GPU})"
        found.append(Problem("location", reason))
    return found


def _one(index: int, value: object) -> list[Problem]:
    container, where = mapped(value), f"template.containers[{index}]"
    limits = mapped(at(container, "resources", "limits"))
    found = _probes(container, where)
    if has_unknown(limits) or limits.get(_LIMIT) is not None:
        return found
    cpu, memory = str(limits.get("cpu") or "1"), _mebibytes(limits.get("memory"))
    millis = _number(cpu)
    if millis is not None and millis >= 1 and f"{millis:g}" not in _MEMORY:
        reason = f'got "{cpu}"; use 1, 2, 4, 6, 8, or less than 1 ({_CPU})'
        found.append(Problem(f"{where}.resources.limits.cpu", reason))
    elif memory is not None and f"{millis:g}" in _MEMORY:
        least, most = _MEMORY[f"{millis:g}"]
        if not least * _GIB <= memory <= most * _GIB:
            reason = f"with {millis:g} vCPUs use {least} to {most} GiB ({_CPU})"
            found.append(Problem(f"{where}.resources.limits.memory", reason))
    return found + _archive(container, where)


def _archive(container: dict[str, Any], where: str) -> list[Problem]:
    """An archive is laid over a base image, and there is no other image."""
    if container.get("sourceCode") is None:
        return []
    if not container.get("baseImageUri"):
        return [Problem(f"{where}.baseImageUri", f"missing, and there is sourceCode ({_SOURCE})")]
    if container.get("image") not in {"scratch", UNKNOWN}:
        return [Problem(f"{where}.image", f'use "scratch" beside sourceCode ({_SOURCE})')]
    return []


def _probes(container: dict[str, Any], where: str) -> list[Problem]:
    found: list[Problem] = []
    for name in ("startupProbe", "livenessProbe"):
        probe = mapped(container.get(name))
        every, waits = probe.get("periodSeconds", 10), probe.get("timeoutSeconds", 1)
        if not isinstance(every, int | float) or not isinstance(waits, int | float):
            continue
        if waits > every:
            reason = f"got {waits:g}; use at most periodSeconds, {every:g} ({_PROBES})"
            found.append(Problem(f"{where}.{name}.timeoutSeconds", reason))
        failures = probe.get("failureThreshold", 3)
        if (
            name == "startupProbe"
            and isinstance(failures, int | float)
            and every * failures > _STARTUP_SECONDS
        ):
            reason = f"{every:g} s {failures:g} times; use at most {_STARTUP_SECONDS} s ({_PROBES})"
            found.append(Problem(f"{where}.{name}.failureThreshold", reason))
    return found


def taken(call: Call) -> list[Problem]:
    """A revision's name stands for one template for ever."""
    before = mapped(call.previous.live.get("templates")) if call.previous is not None else {}
    name: Any = at(call.inputs, "template", "revision")
    if not isinstance(name, str) or name not in before:
        return []
    if mapped(before[name]) == mapped(call.inputs.get("template")):
        return []
    reason = (
        f"googleapi: Error 409: Revision named '{name}' with different configuration already"
        " exists."
    )
    return [Problem("template.revision", reason)]


def archives(call: Call) -> list[Problem]:
    """What is laid over a base image is there."""
    found: list[Problem] = []
    for index, container in enumerate(
        map(mapped, listed(at(call.inputs, "template", "containers")))
    ):
        source = mapped(at(container, "sourceCode", "cloudStorageSource"))
        bucket, name = source.get("bucket"), source.get("object")
        if not source or has_unknown([bucket, name]):
            continue
        there = call.store.mentioning("gcp", OBJECT, [str(name)])
        if not any(row.name == name and row.inputs.get("bucket") == bucket for row in there):
            where = f"template.containers[{index}].sourceCode.cloudStorageSource.object"
            found.append(Problem(where, f"no object {name} in the bucket {bucket}"))
    return found


def _seconds(value: object) -> float | None:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)s", value) if isinstance(value, str) else None
    return float(match[1]) if match else None


def _number(value: object) -> float | None:
    """vCPUs, also as thousandths: `2000m`."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(m?)", str(value)) if value is not None else None
    return float(match[1]) / (1000 if match[2] else 1) if match else None


def _mebibytes(value: object) -> float | None:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([KMG]i|[kMG])", str(value))
    return float(match[1]) * _UNITS[match[2]] if match else None
