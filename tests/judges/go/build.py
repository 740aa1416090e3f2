"""Writes `kubernetes.json`: the Kubernetes API types as their Go source declares them.

    python -m tests.judges.go.build

The sandbox reads OpenAPI schemas, and the schemas of custom resources; this table is from the Go
types of the same projects, by another way: fields, types, and what markers and comments say. It is
made anew when a version in facts/versions.toml changes. Needs the Go modules.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.kinds.modules import MODULES, versions
from tests.judges.go.facts import facts, is_required
from tests.judges.go.source import Declared, Field, Package, package

__all__ = ["TABLE", "main"]

TABLE = Path(__file__).with_name("kubernetes.json")
# What is not Go's own, as it is in JSON.
_KNOWN: dict[str, dict[str, Any]] = {
    "k8s.io/apimachinery/pkg/apis/meta/v1.Time": {"kind": "string"},
    "k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime": {"kind": "string"},
    "k8s.io/apimachinery/pkg/apis/meta/v1.Duration": {"kind": "string"},
    "k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1": {"kind": "any"},
    "google.golang.org/protobuf/types/known/durationpb.Duration": {"kind": "string"},
    "google.golang.org/protobuf/types/known/timestamppb.Timestamp": {"kind": "string"},
    "google.golang.org/protobuf/types/known/wrapperspb.UInt32Value": {"kind": "integer"},
    "google.golang.org/protobuf/types/known/wrapperspb.Int32Value": {"kind": "integer"},
    "google.golang.org/protobuf/types/known/wrapperspb.UInt64Value": {"kind": "integer"},
    "google.golang.org/protobuf/types/known/wrapperspb.Int64Value": {"kind": "integer"},
    "google.golang.org/protobuf/types/known/wrapperspb.BoolValue": {"kind": "boolean"},
    "google.golang.org/protobuf/types/known/wrapperspb.DoubleValue": {"kind": "number"},
    "google.golang.org/protobuf/types/known/wrapperspb.StringValue": {"kind": "string"},
}
_BASIC = {
    "string": "string",
    "bool": "boolean",
    **dict.fromkeys(("int", "int8", "int16", "int32", "int64", "uint32", "uint64"), "integer"),
    **dict.fromkeys(("float32", "float64"), "number"),
}
# Groups of custom resources: the module's folder of their versions; `{}` is the version.
_GROUPS = {
    "serving.kserve.io": "github.com/kserve/kserve/pkg/apis/serving/{}",
    "serving.knative.dev": "knative.dev/serving/pkg/apis/serving/{}",
    "networking.istio.io": "istio.io/api/networking/v1alpha3",
    "security.istio.io": "istio.io/api/security/v1beta1",
    "telemetry.istio.io": "istio.io/api/telemetry/v1alpha1",
    "gateway.networking.k8s.io": "sigs.k8s.io/gateway-api/apis/{}",
    "monitoring.coreos.com": (
        "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/{}"
    ),
    "eventing.keda.sh": "github.com/kedacore/keda/v2/apis/eventing/{}",
    "keda.sh": "github.com/kedacore/keda/v2/apis/keda/{}",
    "cert-manager.io": "github.com/cert-manager/cert-manager/pkg/apis/certmanager/{}",
    "acme.cert-manager.io": "github.com/cert-manager/cert-manager/pkg/apis/acme/{}",
    "nvidia.com": "github.com/NVIDIA/gpu-operator/api/nvidia/{}",
}
_SPEC_ONLY = "istio.io/"
_OBJECT_META = "k8s.io/apimachinery/pkg/apis/meta/v1.ObjectMeta"


def main() -> int:
    """Read the Go types of every type that the corpus has; answers the exit code."""
    from tests.judges.corpora import kubernetes  # noqa: PLC0415 - slow, needs the modules

    tokens = sorted({r.token for e in kubernetes.corpus().examples for r in e.resources})
    reader = Reader(_folders())
    found: dict[str, Any] = {}
    for token in tokens:
        path = _package_of(token)
        kind = token.rpartition(":")[2]
        if path and reader.has(path, kind):
            found[token] = reader.resource(path, kind)
    document = {
        "source": _source(),
        "tokens": found,
        "structs": dict(sorted(reader.structs.items())),
    }
    TABLE.write_text(_text(document), encoding="utf-8")
    print(f"{len(found)} of {len(tokens)} types, {len(reader.structs)} structs")
    print("without Go types:", ", ".join(token for token in tokens if token not in found))
    return 0


@dataclass
class Reader:
    """Go types, followed from package to package; `structs` is what was met."""

    folders: dict[str, Path]
    structs: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def has(self, path: str, name: str) -> bool:
        """Whether a package declares a type."""
        found = self._package(path)
        return found is not None and name in found.types

    def resource(self, path: str, kind: str) -> dict[str, Any]:
        """The type of a kind; Istio's Go types are those of the specification alone."""
        named = self._named(path, kind)
        if not path.startswith(_SPEC_ONLY):
            return named
        own = f"{path}.{kind} object"
        meta_package, _, meta = _OBJECT_META.rpartition(".")
        self.structs[own] = {
            "apiVersion": {"kind": "string"},
            "kind": {"kind": "string"},
            "metadata": self._named(meta_package, meta),
            "spec": named,
            "status": {"kind": "any"},
        }
        return {"kind": "object", "ref": own}

    def _package(self, path: str) -> Package | None:
        for prefix in sorted(self.folders, key=len, reverse=True):
            if path == prefix or path.startswith(f"{prefix}/"):
                folder = self.folders[prefix] / path.removeprefix(prefix).lstrip("/")
                return package(path, folder) if folder.is_dir() else None
        return None

    def _named(self, path: str, name: str) -> dict[str, Any]:
        key = f"{path}.{name}"
        if key in _KNOWN:
            return dict(_KNOWN[key])
        found = self._package(path)
        declared = found.types.get(name) if found else None
        if found is None or declared is None:
            return {"kind": "any"}
        told = facts(declared.doc)
        if name in found.constants and declared.type == "int32":
            told["enum"] = found.constants[name]  # Protobuf's.
        elif name in found.constants and "+enum" in declared.doc:
            told["own"] = {"enum": found.constants[name]}
        if declared.fields is None:
            base = {"kind": "string"} if "enum" in told and declared.type == "int32" else None
            return {**(base or self._type(found, declared, declared.type)), **told}
        if _writes_itself(self.folders, path, name):
            return {"kind": "any"}
        if key not in self.structs:
            self.structs[key] = {}
            self.structs[key].update(self._fields(found, declared))
        return {"kind": "object", "ref": key}

    def _type(self, found: Package, declared: Declared, text: str) -> dict[str, Any]:
        text = text.lstrip("*")
        if text in {"[]byte", "json.RawMessage"}:
            return {"kind": "string"} if text == "[]byte" else {"kind": "any"}
        if text.startswith("[]"):
            return {"kind": "list", "of": self._type(found, declared, text[2:])}
        if text.startswith("map["):
            return {"kind": "map", "of": self._type(found, declared, text[text.index("]") + 1 :])}
        if text in _BASIC:
            return {"kind": _BASIC[text]}
        alias, _, name = text.rpartition(".")
        if not alias:
            return self._named(found.path, name)
        return self._named(declared.imports.get(alias, ""), name)

    def _fields(self, found: Package, declared: Declared) -> Iterator[tuple[str, dict[str, Any]]]:
        for one in declared.fields or ():
            name, inline = _json_name(one)
            if inline:
                yield from self._embedded(found, declared, one)
            elif "protobuf_oneof" in one.tag:
                yield from self._choices(found, declared.name)
            elif name == "status":
                yield name, {"kind": "any"}  # The server's own, which nobody writes.
            elif name and one.name[:1] == one.name[:1].upper():
                yield name, self._field(found, declared, one)

    def _embedded(
        self, found: Package, declared: Declared, one: Field
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        inner = self._type(found, declared, one.type)
        yield from self.structs.get(inner.get("ref", ""), {}).items()

    def _choices(self, found: Package, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The alternatives of a protobuf oneof: each a struct of one field."""
        for other, declared in found.types.items():
            fields = declared.fields or []
            if other.startswith(f"{name}_") and len(fields) == 1 and ",oneof" in fields[0].tag:
                yield _json_name(fields[0])[0], self._field(found, declared, fields[0])

    def _field(self, found: Package, declared: Declared, one: Field) -> dict[str, Any]:
        told = facts(one.doc)
        items = told.pop("items", None)
        named = self._type(found, declared, one.type)
        own = {**named.get("own", {}), **told.get("own", {})}
        if own.get("min") == 1 and not one.type.startswith("*") and "omitempty" in one.tag:
            own = {**own, "min": 0}  # For Go a 0 is what was not given.
        built = {**named, **told} | ({"own": own} if own else {})
        if items and built["kind"] == "list":
            built["of"] = {**built["of"], **items}
        if "protobuf:" not in one.tag or "k8s.io" in found.path:
            if is_required(one.doc, one.tag, optional=found.optional):
                built["required"] = True
        elif any(line == "+required" or "Required" in line for line in one.doc if line[:1] == "+"):
            built["required"] = True
        if built.get("exclusive"):
            for bound in ("min", "max", "exclusive"):
                built.pop(bound, None)
        return built


def _json_name(one: Field) -> tuple[str, bool]:
    """The name in JSON, and whether the fields of an embedded struct are the struct's own."""
    tags = dict(part.split(":", 1) for part in one.tag.split() if ":" in part)
    json_tag = tags.get("json", '""').strip('"').split(",")
    if json_tag[0] == "-":
        return "", False
    protobuf = dict(
        part.split("=", 1)
        for part in tags.get("protobuf", '""').strip('"').split(",")
        if "=" in part
    )
    if "proto3" in tags.get("protobuf", "") and "name" in protobuf:
        return protobuf.get("json", protobuf["name"]), False
    if not one.name:
        return json_tag[0], not json_tag[0]
    return json_tag[0], "inline" in json_tag[1:] and not json_tag[0]


def _writes_itself(folders: dict[str, Path], path: str, name: str) -> bool:
    """Whether the type has JSON of its own, which its fields do not tell."""
    prefix = max((p for p in folders if path.startswith(p)), key=len)
    folder = folders[prefix] / path.removeprefix(prefix).lstrip("/")
    if "proto" in "".join(p.suffixes[0] for p in folder.glob("*.pb.go")):
        return False
    texts = (file.read_text(encoding="utf-8") for file in folder.glob("*.go"))
    return not path.startswith(_SPEC_ONLY) and any(
        f"{name}) MarshalJSON(" in text or f"{name}) UnmarshalJSON(" in text for text in texts
    )


def _package_of(token: str) -> str:
    group, _, version = token.split(":")[1].rpartition("/")
    if group in _GROUPS:
        return _GROUPS[group].format(version)
    return f"k8s.io/api/{group.partition('.')[0]}/{version}"


def _folders() -> dict[str, Path]:
    kubernetes = f"v0.{versions()['kubernetes'].split('.', 1)[1]}"
    wanted = {
        "k8s.io/api": kubernetes,
        "k8s.io/apimachinery": kubernetes,
        "knative.dev/pkg": "v0.0.0-20260120122510-4a022ed9999a",
        "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring": (
            f"v{versions()['prometheus_operator']}"
        ),
        **{module.path: module.pinned() for module in MODULES},
    }
    return {path: _downloaded(path, version) for path, version in wanted.items()}


def _downloaded(path: str, version: str) -> Path:
    done = subprocess.run(
        ["go", "mod", "download", "-json", f"{path}@{version}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(json.loads(done.stdout)["Dir"])


def _source() -> str:
    return ", ".join(f"{module.path} {module.pinned()}" for module in MODULES) + (
        f", k8s.io/api and apimachinery v0.{versions()['kubernetes'].split('.', 1)[1]}"
    )


def _text(document: dict[str, Any]) -> str:
    """JSON with a struct a line, so that a change of it can be read."""
    parts = [f'"source": {json.dumps(document["source"])}']
    for part in ("tokens", "structs"):
        lines = [f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in document[part].items()]
        parts.append(f'"{part}": {{\n' + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    sys.exit(main())
