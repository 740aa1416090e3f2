"""Cases of rules about the Pod Security Standards."""

from typing import Any

from tests.policies.cases.resources import DEPLOYMENT, KSERVE, LANGUAGE, POD, pod, predictor
from tests.policies.cases.table import UNKNOWN, Case

PRIVILEGED = "security/pod-privileged"
UNRESTRICTED = "security/pod-unrestricted"
WRITABLE = "security/pod-writable-root"

CONTEXT = "spec.containers[0].securityContext"
SHARED = "spec.securityContext"
# All that `restricted` asks a container to say.
SAID: dict[str, Any] = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def context(**settings: object) -> dict[str, Any]:
    return pod(securityContext=settings)


def shared(**settings: object) -> dict[str, Any]:
    return {"spec": {"securityContext": settings}}


def said(**changed: object) -> dict[str, Any]:
    """A container that says all of it, but for what is changed."""
    return context(
        **{key: value for key, value in {**SAID, **changed}.items() if value is not None}
    )


def holding(**volume: object) -> dict[str, Any]:
    return {"spec": {"volumes": [{"name": "v", **volume}]}}


CASES = (
    Case(PRIVILEGED, "restricted", POD, context(runAsNonRoot=True, allowPrivilegeEscalation=False)),
    Case(PRIVILEGED, "nothing said", POD, pod()),
    Case(PRIVILEGED, "privileged", POD, context(privileged=True), (f"{CONTEXT}.privileged",)),
    Case(PRIVILEGED, "root", POD, context(runAsUser=0), (f"{CONTEXT}.runAsUser",)),
    Case(PRIVILEGED, "not root", POD, context(runAsUser=1)),
    Case(PRIVILEGED, "may be root", POD, context(runAsNonRoot=False), (f"{CONTEXT}.runAsNonRoot",)),
    Case(
        PRIVILEGED,
        "added capability",
        POD,
        context(capabilities={"add": ["NET_BIND_SERVICE", "SYS_ADMIN"]}),
        (f"{CONTEXT}.capabilities.add[1]",),
    ),
    Case(
        PRIVILEGED,
        "host network",
        DEPLOYMENT,
        {"spec": {"template": {"spec": {"hostNetwork": True}}}},
        ("spec.template.spec.hostNetwork",),
    ),
    Case(
        PRIVILEGED,
        "host path of a predictor",
        KSERVE,
        predictor(volumes=[{"name": "v", "hostPath": {"path": "/"}}]),
        ("spec.predictor.volumes[0].hostPath",),
    ),
    Case(
        PRIVILEGED,
        "host port",
        "kubernetes:serving.knative.dev/v1:Service",
        {"spec": {"template": pod(ports=[{"hostPort": 80}])}},
        ("spec.template.spec.containers[0].ports[0].hostPort",),
    ),
    Case(PRIVILEGED, "unknown", POD, context(privileged=UNKNOWN)),
    Case(
        PRIVILEGED,
        "a language model",
        LANGUAGE,
        {"spec": {"template": {"hostNetwork": True, "containers": []}}},
        ("spec.template.hostNetwork",),
    ),
    Case(
        PRIVILEGED,
        "seccomp unconfined",
        POD,
        context(seccompProfile={"type": "Unconfined"}),
        (f"{CONTEXT}.seccompProfile.type",),
    ),
    Case(PRIVILEGED, "own seccomp profile", POD, context(seccompProfile={"type": "Localhost"})),
    Case(
        PRIVILEGED,
        "AppArmor unconfined for the whole pod",
        POD,
        shared(appArmorProfile={"type": "Unconfined"}),
        (f"{SHARED}.appArmorProfile.type",),
    ),
    Case(
        PRIVILEGED,
        "AppArmor unconfined in the older spelling",
        POD,
        {
            "metadata": {
                "annotations": {
                    "container.apparmor.security.beta.kubernetes.io/server": "unconfined"
                }
            },
            **pod(),
        },
        ("metadata.annotations.container.apparmor.security.beta.kubernetes.io/server",),
    ),
    Case(
        PRIVILEGED,
        "SELinux type",
        POD,
        context(seLinuxOptions={"type": "spc_t"}),
        (f"{CONTEXT}.seLinuxOptions.type",),
    ),
    Case(
        PRIVILEGED,
        "SELinux user and role",
        POD,
        context(seLinuxOptions={"type": "container_t", "user": "system_u", "role": "system_r"}),
        (f"{CONTEXT}.seLinuxOptions.user", f"{CONTEXT}.seLinuxOptions.role"),
    ),
    Case(PRIVILEGED, "proc mount", POD, context(procMount="Unmasked"), (f"{CONTEXT}.procMount",)),
    Case(PRIVILEGED, "usual proc mount", POD, context(procMount="Default")),
    Case(
        PRIVILEGED,
        "sysctls",
        POD,
        shared(sysctls=[{"name": "net.ipv4.tcp_keepalive_time"}, {"name": "kernel.msgmax"}]),
        (f"{SHARED}.sysctls[1].name",),
    ),
    Case(
        PRIVILEGED,
        "process of the host",
        POD,
        shared(windowsOptions={"hostProcess": True}),
        (f"{SHARED}.windowsOptions.hostProcess",),
    ),
    Case(
        PRIVILEGED,
        "host of a probe",
        POD,
        pod(livenessProbe={"httpGet": {"host": "169.254.169.254", "port": 80}}),
        ("spec.containers[0].livenessProbe.httpGet.host",),
    ),
    Case(
        PRIVILEGED,
        "host of a hook",
        POD,
        pod(lifecycle={"preStop": {"tcpSocket": {"host": "10.0.0.1"}}}),
        ("spec.containers[0].lifecycle.preStop.tcpSocket.host",),
    ),
    Case(
        PRIVILEGED,
        "KServe's runtime",
        KSERVE,
        predictor(model={"securityContext": {"runAsUser": 0}}),
        ("spec.predictor.model.securityContext.runAsUser",),
    ),
    Case(UNRESTRICTED, "all of it", POD, said()),
    Case(
        UNRESTRICTED,
        "half of it by the pod",
        POD,
        {
            "spec": {
                "securityContext": {
                    "runAsNonRoot": True,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                **said(runAsNonRoot=None, seccompProfile=None)["spec"],
            }
        },
    ),
    Case(
        UNRESTRICTED,
        "nothing said",
        POD,
        pod(),
        (
            f"{CONTEXT}.allowPrivilegeEscalation",
            f"{CONTEXT}.runAsNonRoot",
            f"{CONTEXT}.seccompProfile.type",
            f"{CONTEXT}.capabilities.drop",
        ),
    ),
    Case(
        UNRESTRICTED,
        "escalation absent",
        POD,
        said(allowPrivilegeEscalation=None),
        (f"{CONTEXT}.allowPrivilegeEscalation",),
    ),
    Case(UNRESTRICTED, "root absent", POD, said(runAsNonRoot=None), (f"{CONTEXT}.runAsNonRoot",)),
    Case(
        UNRESTRICTED,
        "seccomp absent",
        POD,
        said(seccompProfile=None),
        (f"{CONTEXT}.seccompProfile.type",),
    ),
    Case(
        UNRESTRICTED,
        "one capability dropped",
        POD,
        said(capabilities={"drop": ["NET_RAW"]}),
        (f"{CONTEXT}.capabilities.drop",),
    ),
    Case(
        UNRESTRICTED,
        "capabilities added",
        POD,
        said(capabilities={"drop": ["ALL"], "add": ["CAP_CHOWN", "NET_BIND_SERVICE"]}),
        (f"{CONTEXT}.capabilities.add[0]",),
    ),
    Case(UNRESTRICTED, "unknown", POD, said(seccompProfile=UNKNOWN)),
    Case(UNRESTRICTED, "unknown capabilities", POD, said(capabilities={"drop": [UNKNOWN]})),
    Case(UNRESTRICTED, "Windows", POD, {"spec": {"os": {"name": "windows"}, **pod()["spec"]}}),
    Case(UNRESTRICTED, "a claim", POD, holding(persistentVolumeClaim={"claimName": "m"})),
    Case(UNRESTRICTED, "a model's image", POD, holding(image={"reference": "r/m@sha256:0"})),
    Case(UNRESTRICTED, "NFS", POD, holding(nfs={"server": "a"}), ("spec.volumes[0].nfs",)),
    Case(
        UNRESTRICTED,
        "initialising container",
        POD,
        {"spec": {"initContainers": [{"securityContext": {**SAID, "capabilities": {}}}]}},
        ("spec.initContainers[0].securityContext.capabilities.drop",),
    ),
    Case(UNRESTRICTED, "KServe's runtime says it", KSERVE, predictor(model={})),
    Case(
        UNRESTRICTED,
        "a container of one's own",
        KSERVE,
        predictor(containers=[{"securityContext": {**SAID, "capabilities": {"drop": ["KILL"]}}}]),
        ("spec.predictor.containers[0].securityContext.capabilities.drop",),
    ),
    Case(WRITABLE, "read only", POD, context(readOnlyRootFilesystem=True)),
    Case(WRITABLE, "absent", POD, pod(), (f"{CONTEXT}.readOnlyRootFilesystem",)),
    Case(
        WRITABLE,
        "writable",
        DEPLOYMENT,
        {"spec": {"template": context(readOnlyRootFilesystem=False)}},
        (f"spec.template.{CONTEXT}.readOnlyRootFilesystem",),
    ),
    Case(WRITABLE, "unknown", POD, context(readOnlyRootFilesystem=UNKNOWN)),
    Case(WRITABLE, "KServe", KSERVE, predictor(containers=[{"name": "kserve-container"}])),
    Case(WRITABLE, "Windows", POD, {"spec": {"os": {"name": "windows"}, **pod()["spec"]}}),
)
