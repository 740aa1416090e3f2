"""The Pod Security Standards, as a namespace's labels make the API server enforce them.

Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/ and the checks in
policy/ of k8s.io/pod-security-admission 0.34, those of `latest`. The label that names an older
version of the standards is not followed.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sandbox.values import listed, mapped

__all__ = ["LABEL", "violations"]

Spec = dict[str, Any]
LABEL = "pod-security.kubernetes.io/"
_BASELINE_CAPABILITIES = frozenset(
    (
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"),
        *("NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    )
)
_SELINUX = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
_SYSCTLS = frozenset(
    (
        *("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range"),
        *("net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies"),
        *("net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports"),
        *("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout"),
        *("net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes"),
        *("net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"),
    )
)
_VOLUMES = frozenset(
    (
        *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image"),
        *("persistentVolumeClaim", "projected", "secret"),
    )
)


def violations(level: str, metadata: dict[str, Any], spec: Spec) -> list[str]:
    """What a level forbids of a pod, as the API server words it."""
    checks = {"baseline": (*_BASELINE, *_OVERRIDDEN), "restricted": (*_BASELINE, *_RESTRICTED)}.get(
        level, ()
    )
    return [text for check in checks for text in check(metadata, spec)]


def _containers(spec: Spec) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Name, container and security context of each container."""
    for block in ("initContainers", "containers", "ephemeralContainers"):
        for item in listed(spec.get(block)):
            container = mapped(item)
            name = str(container.get("name", ""))
            yield name, container, mapped(container.get("securityContext"))


def _named(names: list[str]) -> str:
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"container{'s' if len(names) > 1 else ''} {quoted}"


# ---- baseline ----


def _host_process(_: dict[str, Any], spec: Spec) -> Iterator[str]:
    contexts = [mapped(spec.get("securityContext")), *(c for _, _, c in _containers(spec))]
    if any(mapped(c.get("windowsOptions")).get("hostProcess") is True for c in contexts):
        yield "hostProcess (securityContext.windowsOptions.hostProcess=true is not allowed)"


def _host_namespaces(_: dict[str, Any], spec: Spec) -> Iterator[str]:
    given = [n for n in ("hostNetwork", "hostPID", "hostIPC") if spec.get(n) is True]
    if given:
        yield f"host namespaces ({', '.join(f'{name}=true' for name in given)})"


def _privileged(_: dict[str, Any], spec: Spec) -> Iterator[str]:
    names = [name for name, _, context in _containers(spec) if context.get("privileged") is True]
    if names:
        yield f"privileged ({_named(names)} must not set securityContext.privileged=true)"


def _added(spec: Spec, allowed: frozenset[str]) -> Iterator[str]:
    for name, _, context in _containers(spec):
        added = listed(mapped(context.get("capabilities")).get("add"))
        wrong = sorted(str(each) for each in added if each not in allowed)
        if wrong:
            quoted = ", ".join(f'"{each}"' for each in wrong)
            where = "securityContext.capabilities.add"
            yield f"{_named([name])} must not include {quoted} in {where}"


def _capabilities(_: dict[str, Any], spec: Spec) -> Iterator[str]:
    for text in _added(spec, _BASELINE_CAPABILITIES):
        yield f"non-default capabilities ({text})"


def _host_paths(_: dict[str, Any], spec: Spec) -> Iterator[str]:
    volumes = [mapped(item) for item in listed(spec.get("volumes"))]
    names = [str(v.get("name")) for v in volumes if v.get("hostPath") is not None]
    if names:
        quoted = ", ".join(f'"{name}"' for name in names)
        yield f"hostPath volumes (volume{'s' if len(names) > 1 else ''} {quoted})"


def _host_ports(_: dict[str, Any], spec: Spec) -> Iterator[str]:
    for name, container, _ in _containers(spec):
        ports = [mapped(item).get("hostPort") for item in listed(container.get("ports"))]
        used = [str(port) for port in ports if port]
        if used:
            yield f"hostPort ({_named([name])} uses hostPort {', '.join(used)})"


def _contexts(spec: Spec) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "pod", mapped(spec.get("securityContext"))
    for name, _, context in _containers(spec):
        yield _named([name]), context


def _app_armor(metadata: dict[str, Any], spec: Spec) -> Iterator[str]:
    for where, context in _contexts(spec):
        kind = mapped(context.get("appArmorProfile")).get("type")
        if kind not in {None, "RuntimeDefault", "Localhost"}:
            yield f'forbidden AppArmor profile ({where} must not set "{kind}")'
    for key, value in mapped(metadata.get("annotations")).items():
        allowed = value in {"", "runtime/default"} or str(value).startswith("localhost/")
        if key.startswith("container.apparmor.security.beta.kubernetes.io/") and not allowed:
            yield f'forbidden AppArmor profile (annotation {key}="{value}")'


def _selinux(_: dict[str, Any], spec: Spec) -> Iterator[str]:
    for where, context in _contexts(spec):
        options = mapped(context.get("seLinuxOptions"))
        if options.get("type", "") not in _SELINUX or options.get("user") or options.get("role"):
            yield f"seLinuxOptions ({where} set forbidden securityContext.seLinuxOptions)"


def _proc_mount(_: dict[str, Any], spec: Spec) -> Iterator[str]:
    for name, _, context in _containers(spec):
        if context.get("procMount") not in {None, "Default"}:
            yield f"procMount ({_named([name])} must not set it to {context['procMount']})"


def _unconfined(_: dict[str, Any], spec: Spec) -> Iterator[str]:
    for where, context in _contexts(spec):
        if mapped(context.get("seccompProfile")).get("type") == "Unconfined":
            yield (
                f"seccompProfile ({where} must not set securityContext.seccompProfile.type to"
                ' "Unconfined")'
            )


def _sysctls(_: dict[str, Any], spec: Spec) -> Iterator[str]:
    given = listed(mapped(spec.get("securityContext")).get("sysctls"))
    wrong = [str(name) for item in given if (name := mapped(item).get("name")) not in _SYSCTLS]
    if wrong:
        yield f"forbidden sysctls ({', '.join(wrong)})"


def _probe_hosts(_: dict[str, Any], spec: Spec) -> Iterator[str]:
    for name, container, _ in _containers(spec):
        hooks = mapped(container.get("lifecycle")).values()
        probes = [container.get(f"{kind}Probe") for kind in ("liveness", "readiness", "startup")]
        hosts = [
            mapped(mapped(handler).get(kind)).get("host")
            for handler in (*hooks, *probes)
            for kind in ("httpGet", "tcpSocket")
        ]
        if any(hosts):
            yield f"probe or lifecycle host ({_named([name])} must not set a host)"


# ---- restricted ----


def _windows(spec: Spec) -> bool:
    """Whether a pod is exempt from what Windows does not have."""
    return mapped(spec.get("os")).get("name") == "windows"


def _volume_types(_: dict[str, Any], spec: Spec) -> Iterator[str]:
    for item in listed(spec.get("volumes")):
        volume = mapped(item)
        given = {name for name, part in volume.items() if name != "name" and part is not None}
        if given and not given & _VOLUMES:
            yield (
                f'restricted volume types (volume "{volume.get("name")}" uses restricted volume'
                f' type "{min(given)}")'
            )


def _escalation(_: dict[str, Any], spec: Spec) -> Iterator[str]:
    names = [
        name
        for name, _, context in _containers(spec)
        if context.get("allowPrivilegeEscalation") is not False
    ]
    if names and not _windows(spec):
        yield (
            f"allowPrivilegeEscalation != false ({_named(names)} must set"
            " securityContext.allowPrivilegeEscalation=false)"
        )


def _unrestricted(_: dict[str, Any], spec: Spec) -> Iterator[str]:
    if _windows(spec):
        return
    names = [
        name
        for name, _, context in _containers(spec)
        if "ALL" not in listed(mapped(context.get("capabilities")).get("drop"))
    ]
    if names:
        yield (
            f"unrestricted capabilities ({_named(names)} must set"
            ' securityContext.capabilities.drop=["ALL"])'
        )
    for text in _added(spec, frozenset(("NET_BIND_SERVICE",))):
        yield f"unrestricted capabilities ({text})"


def _root(_: dict[str, Any], spec: Spec) -> Iterator[str]:
    pod = mapped(spec.get("securityContext")).get("runAsNonRoot")
    for where, context in _contexts(spec):
        if context.get("runAsNonRoot") is False:
            yield f"runAsNonRoot != true ({where} must not set securityContext.runAsNonRoot=false)"
    names = [
        name
        for name, _, context in _containers(spec)
        if context.get("runAsNonRoot") is None and pod is None
    ]
    if names:
        yield (
            f"runAsNonRoot != true (pod or {_named(names)} must set"
            " securityContext.runAsNonRoot=true)"
        )
    for where, context in _contexts(spec):
        if context.get("runAsUser") == 0 and context.get("runAsUser") is not False:
            yield f"runAsUser=0 ({where} must not set runAsUser=0)"


def _seccomp(metadata: dict[str, Any], spec: Spec) -> Iterator[str]:
    if _windows(spec):
        return
    yield from _unconfined(metadata, spec)
    pod = mapped(mapped(spec.get("securityContext")).get("seccompProfile")).get("type")
    names = [
        name
        for name, _, context in _containers(spec)
        if pod is None and mapped(context.get("seccompProfile")).get("type") is None
    ]
    if names:
        yield (
            f"seccompProfile (pod or {_named(names)} must set securityContext.seccompProfile.type"
            ' to "RuntimeDefault" or "Localhost")'
        )


_Check = Callable[[dict[str, Any], Spec], Iterator[str]]
_BASELINE: tuple[_Check, ...] = (
    *(_host_process, _host_namespaces, _privileged, _host_ports, _app_armor, _selinux),
    *(_proc_mount, _sysctls, _probe_hosts),
)
# What a stricter check of the restricted level stands for.
_OVERRIDDEN: tuple[_Check, ...] = (_capabilities, _host_paths, _unconfined)
_RESTRICTED: tuple[_Check, ...] = (_volume_types, _escalation, _unrestricted, _root, _seccomp)
