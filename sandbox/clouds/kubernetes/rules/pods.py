"""Rules of pods, wherever their specification is.

Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ and
pkg/apis/core/validation/validation.go of the API server, 1.34: ValidatePodSpec,
validateContainers, validateContainerPorts, ValidateEnv, validateProbe, validateHandler,
ValidateTolerations, ValidateResourceRequirements, validateAffinity.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem, nearest, shown
from sandbox.clouds.kubernetes.formats import quantity
from sandbox.clouds.kubernetes.rules import security, volumes, words
from sandbox.values import mapped
from sandbox.wire import UNKNOWN, has_unknown

__all__ = ["problems", "resources"]

Spec = dict[str, Any]
_RESTART = ("Always", "OnFailure", "Never")
_DNS = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
_PREEMPTION = ("PreemptLowerPriority", "Never")
_PULL = ("Always", "IfNotPresent", "Never")
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_HOOKS = ("exec", "httpGet", "tcpSocket", "sleep")
_NATIVE = ("cpu", "memory", "ephemeral-storage")
_HUGE = "hugepages-"
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")


def problems(
    spec: Spec, at: str, *, restart: tuple[str, ...] = _RESTART, claims: tuple[str, ...] = ()
) -> Iterator[Problem]:
    """What is wrong with a pod.

    Args:
        spec: its specification.
        at: where that is.
        restart: the restart policies that the kind takes.
        claims: volumes that a StatefulSet adds by its claim templates.
    """
    yield from _pod(spec, at, restart)
    yield from volumes.problems(spec.get("volumes"), f"{at}.volumes")
    known = volumes.names(spec.get("volumes"))
    mounted = None if known is None else {*known, *claims}
    users = spec.get("hostUsers") is False
    names: set[str] = set()
    if isinstance(spec.get("containers"), list) and not spec["containers"]:
        yield Problem(f"{at}.containers", "give it at least one container")
    for block in ("initContainers", "containers"):
        for index, container in words.each(spec.get(block)):
            where = f"{at}.{block}[{index}]"
            yield from _container(
                container, where, mounted, init=block == "initContainers", users=users
            )
            name = container.get("name")
            if isinstance(name, str) and name in names:
                yield Problem(f"{where}.name", f'duplicate value: another container is "{name}"')
            if isinstance(name, str):
                names.add(name)
    yield from _host_ports(spec, at)


def _pod(spec: Spec, at: str, restart: tuple[str, ...]) -> Iterator[Problem]:
    policy = spec.get("restartPolicy")
    if isinstance(policy, str) and policy not in restart:
        meant = " or ".join(restart)
        yield Problem(f"{at}.restartPolicy", f"got {shown(policy)}; use {meant}")
    elif policy is None and "Always" not in restart:
        yield Problem(
            f"{at}.restartPolicy", f"missing; the default Always is not taken, use {restart[0]}"
        )
    yield from words.among(spec.get("dnsPolicy"), _DNS, f"{at}.dnsPolicy")
    if spec.get("dnsPolicy") == "None" and not mapped(spec.get("dnsConfig")).get("nameservers"):
        yield Problem(f"{at}.dnsConfig.nameservers", 'give at least one with dnsPolicy "None"')
    yield from words.at_least(
        spec.get("terminationGracePeriodSeconds"), 0, f"{at}.terminationGracePeriodSeconds"
    )
    yield from words.at_least(spec.get("activeDeadlineSeconds"), 1, f"{at}.activeDeadlineSeconds")
    yield from words.among(spec.get("preemptionPolicy"), _PREEMPTION, f"{at}.preemptionPolicy")
    yield from words.subdomain(spec.get("serviceAccountName") or None, f"{at}.serviceAccountName")
    yield from words.boundary(spec.get("hostname") or None, f"{at}.hostname")
    for key, value in mapped(spec.get("nodeSelector")).items():
        where = f'{at}.nodeSelector["{key}"]'
        yield from words.label_key(key, where)
        yield from words.label_value(value, where)
    for index, toleration in words.each(spec.get("tolerations")):
        yield from _toleration(toleration, f"{at}.tolerations[{index}]")
    for index, spread in words.each(spec.get("topologySpreadConstraints")):
        where = f"{at}.topologySpreadConstraints[{index}]"
        yield from words.at_least(spread.get("maxSkew"), 1, f"{where}.maxSkew")
        allowed = ("DoNotSchedule", "ScheduleAnyway")
        yield from words.among(
            spread.get("whenUnsatisfiable"), allowed, f"{where}.whenUnsatisfiable"
        )
    yield from security.pod(mapped(spec.get("securityContext")), f"{at}.securityContext")

    for kind in ("nodeAffinity", "podAffinity", "podAntiAffinity"):
        preferred = mapped(mapped(spec.get("affinity")).get(kind)).get(_PREFERRED)
        for index, term in words.each(preferred):
            where = f"{at}.affinity.{kind}.{_PREFERRED}[{index}].weight"
            yield from words.within(term.get("weight"), 1, 100, where)


def _toleration(given: dict[str, Any], at: str) -> Iterator[Problem]:
    yield from words.among(given.get("operator"), ("Exists", "Equal", ""), f"{at}.operator")
    yield from words.among(given.get("effect"), ("", *_EFFECTS), f"{at}.effect")
    if isinstance(given.get("key"), str) and given["key"]:
        yield from words.label_key(given["key"], f"{at}.key")
    if given.get("operator") in {"Equal", "", None}:
        yield from words.label_value(given.get("value"), f"{at}.value")
    if given.get("operator") == "Exists" and given.get("value"):
        yield Problem(f"{at}.value", "must be empty with operator Exists")
    if given.get("key") in {None, ""} and given.get("operator") not in {"Exists", UNKNOWN}:
        yield Problem(f"{at}.operator", "use Exists where there is no key")
    if given.get("tolerationSeconds") is not None and given.get("effect") not in {
        "NoExecute",
        UNKNOWN,
    }:
        yield Problem(f"{at}.effect", "use NoExecute with tolerationSeconds")


# ---- containers ----


def _container(
    container: dict[str, Any], at: str, mounted: set[str] | None, *, init: bool, users: bool
) -> Iterator[Problem]:
    yield from words.boundary(container.get("name"), f"{at}.name")
    image = container.get("image", "")
    if image is None or (isinstance(image, str) and image != image.strip()) or image == "":
        yield Problem(f"{at}.image", f"got {shown(image)}; give it an image")
    yield from words.among(container.get("imagePullPolicy"), _PULL, f"{at}.imagePullPolicy")
    policies = ("File", "FallbackToLogsOnError")
    policy = container.get("terminationMessagePolicy")
    yield from words.among(policy, policies, f"{at}.terminationMessagePolicy")
    yield from _ports(container.get("ports"), f"{at}.ports")
    yield from _environment(container, at)
    yield from volumes.mounts(container, at, mounted)
    yield from resources(container.get("resources"), f"{at}.resources")
    yield from security.container(
        mapped(container.get("securityContext")), f"{at}.securityContext", users=users
    )
    sidecar = container.get("restartPolicy") in {"Always", UNKNOWN}
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe = container.get(name)
        if probe is None or probe is UNKNOWN:
            continue
        if init and not sidecar:
            yield Problem(f"{at}.{name}", "an init container has none unless it restarts Always")
        yield from _probe(name, mapped(probe), f"{at}.{name}")
    for hook, handler in mapped(container.get("lifecycle")).items():
        if words.is_object(handler):
            yield from _handled(mapped(handler), f"{at}.lifecycle.{hook}", _HOOKS)


def _ports(given: Any, at: str) -> Iterator[Problem]:  # noqa: ANN401
    yield from words.unique(given, at, "port")
    for index, port in words.each(given):
        where = f"{at}[{index}]"
        yield from words.port_name(port.get("name"), f"{where}.name")
        for block in ("containerPort", "hostPort"):
            yield from words.within(port.get(block), block == "containerPort", 65535, f"{where}.{block}")  # fmt: skip  # noqa: E501
        yield from words.among(port.get("protocol"), _PROTOCOLS, f"{where}.protocol")


def _host_ports(spec: Spec, at: str) -> Iterator[Problem]:
    seen: set[tuple[Any, ...]] = set()
    host = spec.get("hostNetwork") is True
    for index, container in words.each(spec.get("containers")):
        for number, port in words.each(container.get("ports")):
            where = f"{at}.containers[{index}].ports[{number}].hostPort"
            given, inner = port.get("hostPort"), port.get("containerPort")
            # In a template a port that is not given, or 0, is filled in when the pod is made.
            if host and given and words.number(given) and words.number(inner) and given != inner:
                yield Problem(where, f"got {given}; must be the containerPort on a host network")
            if not given or not words.number(given):
                continue
            key = (port.get("protocol", "TCP"), port.get("hostIP", ""), given)
            if key in seen:
                yield Problem(where, f"duplicate value: port {given} of the host is taken")
            seen.add(key)


def _environment(container: dict[str, Any], at: str) -> Iterator[Problem]:
    for index, variable in words.each(container.get("env")):
        where = f"{at}.env[{index}]"
        name = variable.get("name")
        if isinstance(name, str) and (not name or "=" in name or not name.isascii()):
            yield Problem(f"{where}.name", f'got {shown(name)}; use printable characters but "="')
        source = variable.get("valueFrom")
        if not words.is_object(source):
            continue
        if variable.get("value"):
            yield Problem(f"{where}.valueFrom", "may not be given where value is not empty")
        given = [key for key in _SOURCES if mapped(source).get(key) is not None]
        if len(given) != 1 and not has_unknown(source):
            yield Problem(f"{where}.valueFrom", f"give exactly one of {', '.join(_SOURCES)}")


def _probe(name: str, probe: dict[str, Any], at: str) -> Iterator[Problem]:
    yield from _handled(probe, at, _HANDLERS)
    for field in ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold"):
        yield from words.at_least(probe.get(field), 0, f"{at}.{field}")
    period = probe.get("terminationGracePeriodSeconds")
    yield from words.at_least(period, 1, f"{at}.terminationGracePeriodSeconds")
    threshold = probe.get("successThreshold")
    if name == "readinessProbe":
        yield from words.at_least(threshold, 0, f"{at}.successThreshold")
        if period is not None:
            yield Problem(f"{at}.terminationGracePeriodSeconds", "a readiness probe has none")
    elif words.number(threshold) and threshold not in {0, 1}:
        yield Problem(f"{at}.successThreshold", f"got {threshold}; must be 1")


def _handled(handler: dict[str, Any], at: str, kinds: tuple[str, ...]) -> Iterator[Problem]:
    given = [kind for kind in kinds if handler.get(kind) is not None]
    if len(given) != 1:
        got = f"got {' and '.join(given)}; " if given else ""
        yield Problem(at, f"{got}give exactly one of {', '.join(kinds)}")
    http = mapped(handler.get("httpGet"))
    yield from words.port(http.get("port"), f"{at}.httpGet.port")
    yield from words.among(http.get("scheme"), ("HTTP", "HTTPS"), f"{at}.httpGet.scheme")
    socket = mapped(handler.get("tcpSocket"))
    yield from words.port(socket.get("port"), f"{at}.tcpSocket.port")
    grpc = mapped(handler.get("grpc"))
    yield from words.within(grpc.get("port"), 1, 65535, f"{at}.grpc.port")


def resources(given: Any, at: str) -> Iterator[Problem]:  # noqa: ANN401
    """Requests and limits: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/."""
    parts = mapped(given)
    limits, requests = mapped(parts.get("limits")), mapped(parts.get("requests"))
    for block, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            where = f'{at}.{block}["{name}"]'
            if amount is UNKNOWN:
                continue
            number = quantity(amount)
            if number is None:
                yield Problem(where, f"got {shown(amount)}; use a quantity such as 500m or 2Gi")
            elif number < 0:
                yield Problem(where, f"got {shown(amount)}; must not be negative")
            elif _is_extended(name) and number != int(number):
                yield Problem(where, f"got {shown(amount)}; must be a whole number")
            if "/" not in name and name not in _NATIVE and not name.startswith(_HUGE):
                meant = nearest(name, _NATIVE)
                hint = f'; did you mean "{meant}"?' if meant else ""
                yield Problem(where, f"use {', '.join(_NATIVE)} or a domain/name{hint}")
    if parts.get("limits") is UNKNOWN:
        return
    for name, amount in requests.items():
        yield from _requested(name, amount, limits.get(name), f'{at}.requests["{name}"]')


def _requested(name: str, request: Any, limit: Any, at: str) -> Iterator[Problem]:  # noqa: ANN401
    asked, most = quantity(request), quantity(limit)
    whole = _is_extended(name) or name.startswith(_HUGE)
    if limit is None:
        if whole:
            yield Problem(at, f"a limit of {name} must be set, which equals it")
    elif asked is None or most is None:
        return
    elif whole and asked != most:
        yield Problem(at, f"got {shown(request)}; must be equal to the {name} limit {limit}")
    elif asked > most:
        yield Problem(
            at, f"got {shown(request)}; must be less than or equal to the {name} limit of {limit}"
        )


def _is_extended(name: str) -> bool:
    domain = name.partition("/")[0]
    return "/" in name and domain != "kubernetes.io" and not domain.endswith(".kubernetes.io")
