"""The files of a rendered environment: one per object, a kustomization per folder, stable bytes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import yaml

from delivery.render_objects import Contents, RenderedObject, WithheldSecret

__all__ = ["KUSTOMIZATION", "MARK", "SECRETS", "folders_of", "kustomization", "text", "tree"]

# In the first line of each file: by it, and by the index, a file is known to be ours.
MARK: Final = "Written by `serving render`; do not edit."
KUSTOMIZATION: Final = "kustomization.yaml"
SECRETS: Final = "SECRETS.md"
_FIRST_KEYS: Final = ("apiVersion", "kind", "metadata", "spec")
_FIRST_OF_METADATA: Final = ("name", "namespace", "labels", "annotations")
# What every reader takes for a text. YAML 1.1, of which much is alive in Go, takes `y`, `1e3` and
# `1_000` for something else, and PyYAML leaves those unquoted.
_PLAIN: Final = re.compile(r"[A-Za-z/][A-Za-z0-9_/.@-]*")
_NOT_TEXT: Final = re.compile(r"y|n|yes|no|on|off|true|false|null", re.IGNORECASE)


class _Dumper(yaml.SafeDumper):
    """Block style, nothing folded, no anchors, lists indented as most people write them."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().increase_indent(flow, False)  # noqa: FBT003


def _text(_: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "'"
    if not all(sign.isprintable() or sign == "\n" for sign in value):
        # Among them are line breaks that YAML 1.1 knows and 1.2 does not.
        style = '"'
    elif "\n" in value:
        style = "|"
    elif _PLAIN.fullmatch(value) and not _NOT_TEXT.fullmatch(value):
        style = ""
    return yaml.ScalarNode("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def text(value: object) -> str:
    """A YAML file; keys in the order that they have."""
    made = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**31, indent=2
    )
    return f"# {MARK}\n{made}"


def tree(contents: Contents) -> dict[str, str]:
    """Text by path, without the kustomization on top; folders have their own."""
    files: dict[str, str] = {}
    by_folder: dict[str, list[RenderedObject]] = {}
    for each in contents.objects:
        by_folder.setdefault(each.folder, []).append(each)
    for folder, objects in by_folder.items():
        named = _names(objects)
        files |= {f"{folder}/{n}": text(_ordered(o.manifest)) for n, o in named.items()}
        files[f"{folder}/{KUSTOMIZATION}"] = kustomization(sorted(named))
    for folder in {secret.folder for secret in contents.secrets}:
        those = [secret for secret in contents.secrets if secret.folder == folder]
        files[f"{folder}/{SECRETS}"] = _secrets(those)
    return dict(sorted(files.items()))


def folders_of(paths: Iterable[str]) -> list[str]:
    """The folders with a kustomization among some paths: what the one on top lists."""
    ending = f"/{KUSTOMIZATION}"
    return sorted(path.removesuffix(ending) for path in paths if path.endswith(ending))


def kustomization(resources: Sequence[str]) -> str:
    """A kustomization of some files or folders."""
    return text(
        {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": list(resources),
        }
    )


def _names(objects: Sequence[RenderedObject]) -> dict[str, RenderedObject]:
    """File names: kind and name, with group and namespace too for all whose name that is."""
    short = [_name(o.manifest["kind"], o.manifest["metadata"]["name"]) for o in objects]
    return {
        name if short.count(name) == 1 else _long_name(each.manifest): each
        for name, each in zip(short, objects, strict=True)
    }


def _name(*parts: str) -> str:
    # `:` is in names of RBAC, and not in those of files on Windows.
    return "-".join(quote(part.lower(), safe="") for part in parts if part) + ".yaml"


def _long_name(manifest: Mapping[str, Any]) -> str:
    metadata = manifest["metadata"]
    group = str(manifest["apiVersion"]).rpartition("/")[0]
    kind = f"{manifest['kind']}.{group}" if group else manifest["kind"]
    return _name(kind, metadata.get("namespace", ""), metadata["name"])


def _ordered(manifest: Mapping[str, Any]) -> dict[str, Any]:
    made = _sorted(manifest, _FIRST_KEYS)
    made["metadata"] = _sorted(made["metadata"], _FIRST_OF_METADATA)
    return made


def _sorted(value: Mapping[str, Any], first: Sequence[str] = ()) -> dict[str, Any]:
    keys = [key for key in first if key in value] + sorted(value.keys() - set(first))
    return {key: _inner(value[key]) for key in keys}


def _inner(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return _sorted(value)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, list):
        return [_inner(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _secrets(secrets: Sequence[WithheldSecret]) -> str:
    lines = [
        f"<!-- {MARK} -->",
        "# Secrets that are not here",
        "",
        "What is in this folder refers to them. Bring them to the cluster by External Secrets,",
        "Sealed Secrets or SOPS, under these names and with these keys.",
        "",
        "| namespace | Secret | keys |",
        "|---|---|---|",
    ]
    lines += [
        f"| {secret.namespace} | {secret.name} | {', '.join(secret.keys)} |"
        for secret in sorted(secrets, key=lambda s: (s.namespace, s.name))
    ]
    return "\n".join(lines) + "\n"
