"""Whether an object becomes ready, and why it never does: what controllers and kubelets find.

The pods that a workload asks for are not there as objects; what would keep them from starting is
what the other objects of the cluster say. Sources: https://kubernetes.io/docs/concepts/workloads/,
and of what is waited for the provider's pkg/await and pkg/metadata/overrides.go.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.clouds.kubernetes import pod_security
from sandbox.clouds.kubernetes.custom import is_custom
from sandbox.clouds.kubernetes.defaults import pod_specs
from sandbox.clouds.kubernetes.rules import kserve, llm
from sandbox.store import Row, Store
from sandbox.values import at, listed, mapped

__all__ = ["Cluster", "Trouble", "awaited", "is_awaited"]

Object = dict[str, Any]
_SKIP = "pulumi.com/skipAwait"
_WAIT = "pulumi.com/waitFor"
_CREDENTIALS = "serving.kserve.io/storageSecretName"
# What KServe's presets for several nodes add: config/llmisvcconfig/config-llm-*-data-parallel.yaml.
_CAPABILITIES = {"add": ["IPC_LOCK", "SYS_RAWIO", "NET_RAW"], "drop": ["ALL"]}
_SEVERAL_NODES = {
    "containers": [{"name": "main", "securityContext": {"capabilities": _CAPABILITIES}}]
}
# Kinds that the provider waits for without being told to.
_AWAITED = {
    *("DaemonSet", "Deployment", "Ingress", "Job", "PersistentVolumeClaim", "Pod"),
    *("ReplicaSet", "Service", "StatefulSet"),
}
# There, but not in config/runtimes/kustomization.yaml, by which KServe is installed.
_LEFT_OUT = ("kserve-openvino",)
# What every cluster has.
_CLASSES = ("system-cluster-critical", "system-node-critical")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why pods do not come: `FailedCreate` where the API server refuses them."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """The objects of one cluster."""

    store: Store
    name: str

    def get(self, token: str, namespace: str, name: str) -> Row | None:
        """An object by its kind and name."""
        resource_id = f"{namespace}/{name}" if namespace else name
        return self.store.get("kubernetes", f"kubernetes:{token}", resource_id, account=self.name)

    def of(self, token: str) -> list[Row]:
        """All objects of a kind."""
        return self.store.list("kubernetes", f"kubernetes:{token}", account=self.name)

    def level(self, namespace: str, mode: str) -> str:
        """The Pod Security Standard of a namespace."""
        row = self.get("core/v1:Namespace", "", namespace)
        labels = mapped(at(row.outputs, "metadata", "labels")) if row is not None else {}
        return str(labels.get(f"{pod_security.LABEL}{mode}", "privileged"))

    def refusal(self, value: Object, mode: str = "enforce") -> str:
        """Why the namespace of a pod does not take it; empty where it does."""
        metadata = mapped(value.get("metadata"))
        level = self.level(str(metadata.get("namespace", "default")), mode)
        found = pod_security.violations(level, metadata, mapped(value.get("spec")))
        return f'violates PodSecurity "{level}:latest": {", ".join(found)}' if found else ""

    def troubles(self, kind: str, value: Object) -> list[Trouble]:
        """What keeps the pods of an object from starting."""
        namespace = str(at(value, "metadata", "namespace") or "default")
        found: list[Trouble] = []
        for path, spec in pod_specs(kind, value):
            names = path.split(".")[:-1]
            metadata = mapped(at(value, *names, "metadata"))
            name = str(metadata.get("name") or f"{at(value, 'metadata', 'name')}-…")
            pod = {"metadata": {**metadata, "namespace": namespace}, "spec": spec}
            if refusal := self.refusal(pod):
                found.append(Trouble("FailedCreate", f'pods "{name}" is forbidden: {refusal}'))
            found += self.pod_troubles(spec, namespace)
        return found

    def pod_troubles(self, spec: Object, namespace: str) -> Iterator[Trouble]:
        """What a pod needs of its namespace and cluster and does not find."""
        account = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
        if account != "default" and not self.get("core/v1:ServiceAccount", namespace, str(account)):
            yield Trouble(
                "FailedCreate",
                f"error looking up service account {namespace}/{account}: serviceaccount"
                f' "{account}" not found',
            )
        priority = spec.get("priorityClassName")
        known = priority in _CLASSES or not priority
        if not known and not self.get("scheduling.k8s.io/v1:PriorityClass", "", str(priority)):
            text = f"no PriorityClass with name {priority} was found"
            yield Trouble("FailedCreate", f"pods are forbidden: {text}")
        for kind, name, keys in _needed(spec):
            row = self.get(f"core/v1:{kind}", namespace, name)
            what = {"PersistentVolumeClaim": "persistentvolumeclaim"}.get(kind, kind.lower())
            if row is None:
                if not self._is_made(namespace, name):
                    yield Trouble("FailedMount", f'{what} "{name}" not found')
                continue
            there = {key for b in ("data", "binaryData") for key in mapped(row.outputs.get(b))}
            for key in keys - there:
                text = f"couldn't find key {key} in {kind} {namespace}/{name}"
                yield Trouble("CreateContainerConfigError", text)

    def _is_made(self, namespace: str, name: str) -> bool:
        """Whether a controller may have made an object that the sandbox does not know of."""
        if name == "kube-root-ca.crt":
            return True
        for row in self.store.list("kubernetes", account=self.name):
            if not row.id.startswith(f"{namespace}/"):
                continue
            chart = row.token.startswith("kubernetes:helm.sh/")
            # A chart makes anything, a custom resource what it names.
            if chart or (is_custom(row.token) and name in json.dumps(row.outputs, default=str)):
                return True
        return False

    def ingress_troubles(self, value: Object) -> Iterator[Trouble]:
        """The Services of an Ingress that are not there."""
        namespace = str(at(value, "metadata", "namespace") or "default")
        for rule in listed(at(value, "spec", "rules")):
            for path in listed(at(rule, "http", "paths")):
                name = at(path, "backend", "service", "name")
                if name and not self.get("core/v1:Service", namespace, str(name)):
                    text = f'no matching service found for ingress rule: "{name}"'
                    yield Trouble("ServiceNotFound", text)

    def serving_troubles(self, value: Object, runtimes: list[Object]) -> Iterator[Trouble]:
        """Why KServe does not serve an InferenceService; `runtimes`: those that it brings."""
        namespace = str(at(value, "metadata", "namespace") or "default")
        for where, uri in kserve.schemes(value):
            local = "://" not in uri
            if not local and not uri.startswith(kserve.SCHEMES):
                allowed = ", ".join(kserve.SCHEMES)
                yield Trouble(
                    "InvalidPredictorSpec",
                    f"{where}: storageUri must be one of: [{allowed}] or an absolute or relative"
                    f" local path. StorageUri [{uri}] is not supported",
                )
        yield from self._credentials(value, namespace)
        predictor = mapped(at(value, "spec", "predictor"))
        model = mapped(predictor.get("model"))
        yield from self.pod_troubles(predictor, namespace)
        if not model.get("modelFormat"):
            return
        multi_node = predictor.get("workerSpec") is not None
        known = [r for r in self._runtimes(namespace, runtimes) if not at(r, "spec", "disabled")]
        wanted = model.get("runtime")
        if wanted:
            named = [r for r in known if at(r, "metadata", "name") == wanted]
            if not named:
                text = f"Waiting for runtime to become available: {wanted}"
                yield Trouble("RuntimeNotRecognized", text)
            elif not _supports(named[0], model, selected=True):
                text = "Specified runtime does not support specified framework/version"
                yield Trouble("NoSupportingRuntime", text)
        elif not any(
            _supports(runtime, model, selected=False)
            and bool(at(runtime, "spec", "workerSpec")) == multi_node
            for runtime in known
        ):
            text = "No runtime found to support specified framework/version"
            yield Trouble("NoSupportingRuntime", text)

    def _credentials(self, value: Object, namespace: str) -> Iterator[Trouble]:
        """The Secret by which KServe fetches a model: mountSecretCredential, pkg/credentials."""
        name = mapped(at(value, "metadata", "annotations")).get(_CREDENTIALS)
        if name and not self.get("core/v1:Secret", namespace, str(name)):
            yield Trouble("FailedCreate", f'admission webhook: secrets "{name}" not found')

    def llm_troubles(self, value: Object) -> Iterator[Trouble]:
        """Why KServe does not serve an LLMInferenceService; its presets are taken to be there."""
        namespace = str(at(value, "metadata", "namespace") or "default")
        uri = str(at(value, "spec", "model", "uri") or "")
        if not uri.startswith(llm.SCHEMES):
            yield Trouble("ReconcileError", f"unsupported schema in model URI: {uri}")
        yield from self._credentials(value, namespace)
        for ref in listed(at(value, "spec", "baseRefs")):
            name = str(mapped(ref).get("name"))
            kind = "serving.kserve.io/v1alpha2:LLMInferenceServiceConfig"
            places = (namespace, "kserve")
            if not name.startswith("kserve-") and not any(
                self.get(kind, each, name) for each in places
            ):
                text = f"LLMInferenceServiceConfig {name} not found in {' or '.join(places)}"
                yield Trouble("ConfigNotFound", text)
        for part in ("spec", "spec.prefill"):
            if at(value, *part.split("."), "worker") is not None:
                metadata = {"namespace": namespace}
                if refusal := self.refusal({"metadata": metadata, "spec": _SEVERAL_NODES}):
                    yield Trouble("FailedCreate", f"pods are forbidden: {refusal}")
            for block in ("template", "worker"):
                yield from self.pod_troubles(mapped(at(value, *part.split("."), block)), namespace)

    def _runtimes(self, namespace: str, runtimes: list[Object]) -> list[Object]:
        own = [
            row.outputs
            for row in self.of("serving.kserve.io/v1alpha1:ServingRuntime")
            if at(row.outputs, "metadata", "namespace") == namespace
        ]
        shared = [
            row.outputs for row in self.of("serving.kserve.io/v1alpha1:ClusterServingRuntime")
        ]
        brought = [r for r in runtimes if at(r, "metadata", "name") not in _LEFT_OUT]
        return [*own, *shared, *brought]


def _supports(runtime: Object, model: Object, *, selected: bool) -> bool:
    """As KServe's RuntimeSupportsModel; a runtime that nobody names must offer to be selected."""
    spec = mapped(runtime.get("spec"))
    wanted = mapped(model.get("modelFormat"))
    protocol = model.get("protocolVersion")
    if not protocol and not selected:
        # setPredictorModelDefaults and GetProtocol of KServe's API types.
        protocol = "v2" if wanted.get("name") in {"triton", "vLLM"} else "v1"
    protocols = listed(spec.get("protocolVersions"))
    if protocols and protocol and protocol not in protocols:
        return False
    if spec.get("multiModel") is True:
        return False
    for item in listed(spec.get("supportedModelFormats")):
        offered = mapped(item)
        fits = offered.get("name") == wanted.get("name") and (
            wanted.get("version") is None or str(offered.get("version")) == str(wanted["version"])
        )
        if fits and (selected or offered.get("autoSelect") is True):
            return True
    return False


def _needed(spec: Object) -> Iterator[tuple[str, str, set[str]]]:
    """Kind, name and keys of what a pod reads and must find."""
    for item in listed(spec.get("volumes")):
        volume = mapped(item)
        yield from _source("ConfigMap", mapped(volume.get("configMap")), "name")
        yield from _source("Secret", mapped(volume.get("secret")), "secretName")
        claim = mapped(volume.get("persistentVolumeClaim"))
        yield from _source("PersistentVolumeClaim", claim, "claimName")
        for part in listed(mapped(volume.get("projected")).get("sources")):
            yield from _source("ConfigMap", mapped(mapped(part).get("configMap")), "name")
            yield from _source("Secret", mapped(mapped(part).get("secret")), "name")
    for block in ("initContainers", "containers"):
        for item in listed(spec.get(block)):
            container = mapped(item)
            for source in listed(container.get("envFrom")):
                yield from _source("ConfigMap", mapped(mapped(source).get("configMapRef")), "name")
                yield from _source("Secret", mapped(mapped(source).get("secretRef")), "name")
            for variable in listed(container.get("env")):
                source = mapped(mapped(variable).get("valueFrom"))
                yield from _source("ConfigMap", mapped(source.get("configMapKeyRef")), "name")
                yield from _source("Secret", mapped(source.get("secretKeyRef")), "name")


def _source(kind: str, given: Object, name: str) -> Iterator[tuple[str, str, set[str]]]:
    if given.get(name) and given.get("optional") is not True:
        items = {str(mapped(item).get("key")) for item in listed(given.get("items"))}
        yield kind, str(given[name]), items | ({str(given["key"])} if given.get("key") else set())


# ---- what the provider waits for ----


def is_awaited(kind: str, value: Object) -> bool:
    """Whether the provider waits for an object at all."""
    annotations = mapped(at(value, "metadata", "annotations"))
    if annotations.get(_SKIP) == "true":
        return False
    return bool(annotations.get(_WAIT)) or kind in _AWAITED


def awaited(kind: str, value: Object, troubles: list[Trouble]) -> str:
    """Why the provider does not see an object ready; empty when it does.

    `pulumi.com/waitFor` takes the place of the provider's own conditions.
    """
    wanted = mapped(at(value, "metadata", "annotations")).get(_WAIT)
    if isinstance(wanted, str) and wanted:
        unmet = [each for each in _conditions(wanted) if not _is_met(each, value)]
        why = "; ".join(f"[{t.reason}] {t.message}" for t in troubles)
        return f"{', '.join(unmet)} was not met{f': {why}' if why else ''}" if unmet else ""
    if kind not in _AWAITED or not troubles:
        return ""
    return "; ".join(f"[{t.reason}] {t.message}" for t in troubles)


def _conditions(text: str) -> list[str]:
    try:
        given: Any = json.loads(text)
    except ValueError:
        return [text]
    return [str(each) for each in listed(given)] or [text]


def _is_met(expression: str, value: Object) -> bool:
    if expression.startswith("condition="):
        name, _, wanted = expression.removeprefix("condition=").partition("=")
        for item in listed(at(value, "status", "conditions")):
            condition = mapped(item)
            if str(condition.get("type")).lower() == name.lower():
                held = str(condition.get("status")).lower()
                return held == (wanted.strip("\"'") or "true").lower()
        return False
    path, sign, wanted = expression.removeprefix("jsonpath=").partition("}=")
    found = _found(path.strip("{}").lstrip("."), value)
    return bool(found) if not sign else any(str(each) == wanted.strip("\"'") for each in found)


def _found(path: str, value: Any) -> list[Any]:  # noqa: ANN401
    """What a simple JSONPath finds: names, `[0]`, `[*]` and `[?(@.type=="Ready")]`."""
    places = [value]
    for step in _steps(path):
        following: list[Any] = []
        for place in places:
            if step == "*":
                following += listed(place)
            elif step.startswith("?"):
                name, _, wanted = step[1:].strip("()@.").partition("==")
                text = wanted.strip("\"' )")
                following += [i for i in listed(place) if str(mapped(i).get(name.strip())) == text]
            elif step.lstrip("-").isdecimal():
                following += listed(place)[int(step) :][:1]
            elif step in mapped(place):
                following.append(mapped(place)[step])
        places = following
    return places


def _steps(path: str) -> Iterator[str]:
    rest = path
    while rest:
        if rest.startswith("["):
            end = rest.index("]") if "]" in rest else len(rest)
            yield rest[1:end].strip("\"'")
            rest = rest[end + 1 :].lstrip(".")
        else:
            cut = min((i for i in (rest.find("."), rest.find("[")) if i >= 0), default=len(rest))
            yield rest[:cut]
            rest = rest[cut:].removeprefix(".")
