"""Security: pods without power over their node, and with no more than a server needs.

The controls are those of the Pod Security Standards: what `baseline` forbids, and what `restricted`
asks to be said. https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Iterator
from typing import Final

from policies.pods import POD_TYPES, Container, Pod, pods
from policies.properties import Property
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.view import View

# What a container may add by `baseline`, and by `restricted`.
_HARMLESS_CAPABILITIES: Final = {
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
}
_RESTRICTED_CAPABILITY: Final = "NET_BIND_SERVICE"
_SELINUX_TYPES: Final = (
    "",
    "container_t",
    "container_init_t",
    "container_kvm_t",
    "container_engine_t",
)
_SYSCTLS: Final = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
}
_VOLUMES: Final = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
_APP_ARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
_PROFILES: Final = ("RuntimeDefault", "Localhost")
_OWN_TYPES: Final = tuple(
    one for one in POD_TYPES if not one.startswith("kubernetes:serving.kserve")
)
_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")


@resource_rule(
    "security/pod-privileged",
    severity=Severity.CRITICAL,
    types=POD_TYPES,
    fix="Remove the setting: a model server needs neither the node nor root.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=(
        *("CKV_K8S_16", "CKV_K8S_17", "CKV_K8S_18", "CKV_K8S_19", "CKV_K8S_25", "CKV_K8S_26"),
        *("CKV_K8S_27", "CKV_K8S_39"),
    ),
)
def pod_privileged(view: View, _settings: NoSettings) -> Faults:
    """A pod asks for power over its node, or for root.

    That is all that the Pod Security Standard `baseline` forbids, and root. What is judged is what
    a manifest asks for. What admission adds later, such as KServe's storage-initialiser, is covered
    by the namespace's pod-security label.
    """
    for pod in pods(view):
        yield from _switched_on(pod.spec, "hostNetwork", "hostPID", "hostIPC")
        yield from _unconfined(pod.spec.get("securityContext"))
        for sysctl in pod.spec.get("securityContext", "sysctls").items():
            name = sysctl.get("name").text()
            if name is not None and name not in _SYSCTLS:
                yield sysctl.get("name").fault("a sysctl of the pod's own namespaces")
        for key, value in pod.metadata.get("annotations").entries():
            # The older spelling of appArmorProfile.
            if key.startswith(_APP_ARMOR) and value.text() == "unconfined":
                yield value.fault("runtime/default")
        for volume in pod.spec.get("volumes").items():
            path = volume.get("hostPath")
            if not path.absent and not path.unknown:
                yield path.fault("a volume that is not the node's disk")
        for container in pod.containers:
            yield from _powers(container.place)


def _powers(container: Property) -> Faults:
    context = container.get("securityContext")
    yield from _switched_on(context, "privileged", "allowPrivilegeEscalation")
    yield from _unconfined(context)
    for capability in context.get("capabilities", "add").items():
        if (name := _capability(capability)) is not None and name not in _HARMLESS_CAPABILITIES:
            yield capability.fault("no added capability")
    mount = context.get("procMount")
    if (mount.text() or "Default") != "Default":
        yield mount.fault("Default")
    for port in container.get("ports").items():
        place = port.get("hostPort")
        if place.number():
            yield place.fault("no port of the node")
    for host in _hosts(container):
        if host.text():
            yield host.fault("no host: the pod itself is asked")


def _capability(place: Property) -> str | None:
    name = place.text()
    return None if name is None else name.removeprefix("CAP_")


def _hosts(container: Property) -> Iterator[Property]:
    """Where probes and hooks say whom they ask; the kubelet asks it from the node's network."""
    hooks = (container.get("lifecycle", when) for when in ("postStart", "preStop"))
    for handler in (*hooks, *(container.get(probe) for probe in _PROBES)):
        for kind in ("httpGet", "tcpSocket"):
            yield handler.get(kind, "host")


def _switched_on(place: Property, *keys: str) -> Faults:
    for key in keys:
        if place.get(key).flag():
            yield place.get(key).fault("false")


def _unconfined(context: Property) -> Faults:
    """What a context says, of a pod or of a container, against being confined; and root."""
    user = context.get("runAsUser")
    if user.number() == 0:
        yield user.fault("a user other than root")
    nobody = context.get("runAsNonRoot")
    if nobody.flag() is False:
        yield nobody.fault("true")
    for profile in ("seccompProfile", "appArmorProfile"):
        kind = context.get(profile, "type")
        if (kind.text() or _PROFILES[0]) not in _PROFILES:
            yield kind.fault("RuntimeDefault or Localhost")
    options = context.get("seLinuxOptions")
    if (options.get("type").text() or "") not in _SELINUX_TYPES:
        yield options.get("type").fault("container_t")
    for key in ("user", "role"):
        if options.get(key).text():
            yield options.get(key).fault("nothing")
    yield from _switched_on(context.get("windowsOptions"), "hostProcess")


@resource_rule(
    "security/pod-unrestricted",
    severity=Severity.HIGH,
    types=POD_TYPES,
    fix="Say it in securityContext: runAsNonRoot true, allowPrivilegeEscalation false, "
    "capabilities.drop [ALL], seccompProfile.type RuntimeDefault.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=(
        *("CKV_K8S_20", "CKV_K8S_23", "CKV_K8S_28", "CKV_K8S_29", "CKV_K8S_30", "CKV_K8S_31"),
        "CKV_K8S_37",
    ),
    level=Level.ADVISORY,
)
def pod_unrestricted(view: View, _settings: NoSettings) -> Faults:
    """A pod does not say that it gives up what a server never needs.

    The Pod Security Standard `restricted` asks for it, where the absent counts as not said; a
    namespace that enforces the standard refuses the pod after the update has begun. What KServe's
    runtimes say themselves is not asked for again, and Windows has none of it.
    """
    for pod in pods(view):
        for volume in pod.spec.get("volumes").items():
            for kind, part in volume.entries():
                # hostPath is judged with what nobody may have.
                judged = kind not in _VOLUMES | {"name", "hostPath"}
                if judged and not part.absent and not part.unknown:
                    yield part.fault("a volume of the pod, or a claim")
        for container in pod.containers:
            if not container.served and not pod.windows:
                yield from _unsaid(pod, container)


def _unsaid(pod: Pod, container: Container) -> Faults:
    shared, context = pod.spec.get("securityContext"), container.place.get("securityContext")
    if context.get("allowPrivilegeEscalation").absent:
        yield context.get("allowPrivilegeEscalation").fault("false")
    if context.get("runAsNonRoot").absent and shared.get("runAsNonRoot").absent:
        yield context.get("runAsNonRoot").fault("true, here or in the pod's securityContext")
    profile = context.get("seccompProfile", "type")
    if profile.absent and shared.get("seccompProfile", "type").absent:
        yield profile.fault("RuntimeDefault, here or in the pod's securityContext")
    dropped = context.get("capabilities", "drop")
    named = {_capability(each) for each in dropped.items()}
    if not dropped.unknown and not named & {"ALL", None}:
        yield dropped.fault("ALL")
    for capability in context.get("capabilities", "add").items():
        name = _capability(capability)
        if name in _HARMLESS_CAPABILITIES and name != _RESTRICTED_CAPABILITY:
            yield capability.fault(f"no added capability but {_RESTRICTED_CAPABILITY}")


@resource_rule(
    "security/pod-writable-root",
    severity=Severity.MEDIUM,
    types=_OWN_TYPES,
    fix="Set readOnlyRootFilesystem to true, and mount an emptyDir where the server writes.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_K8S_22",),
    level=Level.ADVISORY,
)
def pod_writable_root(view: View, _settings: NoSettings) -> Faults:
    """A container may change its own programs.

    Who breaks into it then leaves something behind in what runs. No Pod Security Standard asks for
    it. Servers want a folder for temporary files and one for what they compile or load. KServe's
    own objects are left out: where its runtimes write is theirs to say.
    """
    for pod in pods(view):
        for container in pod.containers:
            place = container.place.get("securityContext", "readOnlyRootFilesystem")
            if not pod.windows and place.off:
                yield place.fault("true")


RULES = (
    pod_privileged,
    pod_unrestricted,
    pod_writable_root,
)
