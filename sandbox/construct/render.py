"""Manifests out of charts and kustomizations, by the tools themselves, from what is on disk."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.clouds.base import RefusedError
from sandbox.values import at, listed, mapped
from sandbox.wire import ASSET, SIGNATURE

__all__ = ["chart", "kustomization"]

_SECONDS = 120
_INSTALL = {
    "helm": "https://helm.sh/docs/intro/install/",
    "kustomize": "https://kubectl.docs.kubernetes.io/installation/kustomize/",
}


def chart(inputs: Mapping[str, Any], name: str, *, version: str) -> str:
    """The manifest of a Helm chart that is a folder or an archive, with its values.

    `inputs` are those of `kubernetes:helm.sh/v4:Chart`; `version` is the cluster's, as `1.34.4`.

    Raises:
        RefusedError: The chart would come over the network, helm is not there, or it fails.
    """
    given = str(inputs.get("chart") or "")
    if mapped(inputs.get("repositoryOpts")).get("repo") or not Path(given).exists():
        raise RefusedError(
            f'chart "{given}": the sandbox fetches no charts; pull it once'
            f" (`helm pull {given or '<chart>'} --untar`) and give the folder"
        )
    command = ["template", str(inputs.get("name") or name), given, "--no-hooks"]
    command += ["--kube-version", version, "--namespace", str(inputs.get("namespace") or "default")]
    if not inputs.get("skipCrds"):
        command.append("--include-crds")
    if inputs.get("postRenderer"):
        raise RefusedError("postRenderer: the sandbox renders without one")
    with tempfile.TemporaryDirectory() as folder:
        for index, asset in enumerate(listed(inputs.get("valueYamlFiles"))):
            command += ["--values", _asset(asset, Path(folder) / f"{index}.yaml")]
        if inputs.get("values"):
            values = Path(folder) / "values.json"  # JSON is YAML.
            values.write_text(json.dumps(inputs["values"]), encoding="utf-8")
            command += ["--values", str(values)]
        return _run("helm", command)


def kustomization(directory: str) -> str:
    """The manifest of a kustomization in a folder.

    Raises:
        RefusedError: It is not on disk, the tool is not there, or it fails.
    """
    if not Path(directory).is_dir():
        raise RefusedError(
            f'directory: got "{directory}"; use a folder: the sandbox fetches nothing'
        )
    if shutil.which("kustomize") is None and shutil.which("kubectl") is not None:
        return _run("kubectl", ["kustomize", directory])
    return _run("kustomize", ["build", directory])


def _asset(asset: object, path: Path) -> str:
    parts = mapped(asset)
    if parts.get(SIGNATURE) != ASSET:
        raise RefusedError("valueYamlFiles: use assets, `pulumi.FileAsset(…)`")
    if isinstance(parts.get("path"), str):
        return str(parts["path"])
    if at(parts, "uri"):
        raise RefusedError(f"valueYamlFiles: the sandbox fetches nothing, not {parts['uri']}")
    path.write_text(str(parts.get("text", "")), encoding="utf-8")
    return str(path)


def _run(tool: str, arguments: list[str]) -> str:
    program = shutil.which(tool)
    if program is None:
        raise RefusedError(
            f"the sandbox renders this with `{tool}`, which is not on PATH; install it"
            f" ({_INSTALL.get(tool, tool)}), or write the objects out"
        )
    try:
        done = subprocess.run(
            [program, *arguments], capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise RefusedError(f"{tool} did not end within {_SECONDS} s") from error
    if done.returncode:
        raise RefusedError(f"{tool} {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout
