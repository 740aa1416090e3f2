"""Components that a provider builds in its own code, and the functions of the older ones."""

import os
import stat
from pathlib import Path

import pytest

from .conftest import Sandbox

pytestmark = pytest.mark.engine

MANIFEST = """
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: web},
   data: {since: 2026-01-01}}
- {apiVersion: v1, kind: Secret, metadata: {name: key, namespace: web},
   stringData: {key: canary-of-a-secret}}
---
apiVersion: v1
kind: Namespace
metadata: {name: web}
---
"""
GROUP = """
import pulumi, pulumi_kubernetes as k8s
config = pulumi.Config()
on = pulumi.ResourceOptions(providers=[k8s.Provider("cluster", context="serving-dev")])
group = k8s.yaml.v2.ConfigGroup("group", files=["manifests/*.yaml"], opts=on, objs=[
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "more"},
     "data": {"number": config.require("number")}}])
pulumi.export("count", group.resources.apply(len))
"""
FIRST = """
import pulumi, pulumi_kubernetes as k8s
on = pulumi.ResourceOptions(provider=k8s.Provider("cluster", context="serving-dev"))
file = k8s.yaml.ConfigFile("file", "settings.yaml", opts=on)
"""
CHART = """
import pulumi, pulumi_kubernetes as k8s
on = pulumi.ResourceOptions(providers=[k8s.Provider("cluster", context="serving-dev")])
chart = k8s.helm.v4.Chart("web", chart=pulumi.Config().require("chart"),
    values={"replicas": 3}, opts=on)
"""
# What the real one prints for a chart of one template, so that the test needs no network.
HELM = """#!/bin/sh
case "$*" in
"template web ./chart --no-hooks --kube-version 1.34"*"--include-crds --values"*) ;;
*) echo "unexpected: $*" >&2; exit 1 ;;
esac
for values; do :; done
cat <<END
apiVersion: v1
kind: ConfigMap
metadata: {name: rendered}
data: {values: '$(cat "$values")'}
END
"""


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def names(sandbox: Sandbox, project: Path) -> dict[str, str]:
    return {each["urn"].rpartition("::")[2]: each["type"] for each in sandbox.resources(project)}


def test_a_group_of_manifests_lives(sandbox: Sandbox) -> None:
    project = sandbox.project(GROUP, {"tiny:number": "1"})
    write(project / "manifests" / "web.yaml", MANIFEST)
    sandbox.new_stack(project)
    preview = sandbox.pulumi("preview", "--stack", "dev", "--non-interactive", cwd=project)
    assert "group:web/settings" in preview.stdout
    sandbox.up(project)
    assert names(sandbox, project) == {
        "group": "kubernetes:yaml/v2:ConfigGroup",
        "group:web": "kubernetes:core/v1:Namespace",
        "group:web/settings": "kubernetes:core/v1:ConfigMap",
        "group:web/key": "kubernetes:core/v1:Secret",
        "group:default/more": "kubernetes:core/v1:ConfigMap",
    }
    assert sandbox.outputs(project) == {"count": 4}
    state = sandbox.pulumi("stack", "export", "--stack", "dev", cwd=project).stdout
    assert "canary-of-a-secret" not in state
    # What is in the namespace waits for it, though the file has it last.
    by_name = {each["urn"].rpartition("::")[2]: each for each in sandbox.resources(project)}
    assert by_name["group:web"]["urn"] in by_name["group:web/settings"]["dependencies"]
    assert by_name["group:web/settings"]["inputs"]["data"] == {"since": "2026-01-01"}
    sandbox.up(project, "--expect-no-changes")
    sandbox.pulumi("config", "set", "number", "2", "--stack", "dev", cwd=project)
    changed = sandbox.up(project).stdout
    # The content of a ConfigMap is replaced unless the provider's settings say otherwise.
    assert "1 replaced" in changed
    sandbox.destroy(project)
    assert sandbox.resources(project) == []


def test_what_is_wrong_in_a_manifest_is_said_at_its_object(sandbox: Sandbox) -> None:
    project = sandbox.project(GROUP, {"tiny:number": "1"})
    write(project / "manifests" / "web.yaml", MANIFEST.replace("data: {since", "dota: {since"))
    sandbox.new_stack(project)
    refused = sandbox.up(project, check=False)
    assert refused.returncode != 0
    assert "group:web/settings" in refused.stdout
    assert 'did you mean "data"?' in refused.stdout


def test_what_would_need_a_network_is_refused(sandbox: Sandbox) -> None:
    program = GROUP.replace('"manifests/*.yaml"', '"https://example.com/web.yaml"')
    project = sandbox.project(program, {"tiny:number": "1"})
    sandbox.new_stack(project)
    refused = sandbox.up(project, check=False)
    assert "https://example.com/web.yaml: the sandbox fetches nothing" in (
        refused.stdout + refused.stderr
    )


def test_a_file_of_the_older_kind(sandbox: Sandbox) -> None:
    project = sandbox.project(FIRST)
    (project / "settings.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n"
    )
    sandbox.new_stack(project)
    sandbox.up(project)
    assert "default/settings" in names(sandbox, project)


def test_a_chart_on_disk_is_rendered_by_helm(sandbox: Sandbox) -> None:
    project = sandbox.project(CHART, {"tiny:chart": "./chart"})
    (project / "chart").mkdir()
    tools = sandbox.folder / "tools"
    tools.mkdir()
    helm = tools / "helm"
    helm.write_text(HELM)
    helm.chmod(helm.stat().st_mode | stat.S_IXUSR)
    sandbox.new_stack(project)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    done = sandbox.run(*up(), cwd=project, PATH=path)
    assert done.returncode == 0
    made = {each["urn"].rpartition("::")[2]: each for each in sandbox.resources(project)}
    assert made["web:default/rendered"]["inputs"]["data"] == {"values": '{"replicas": 3}'}


def test_a_chart_that_cannot_be_rendered_says_what_to_do(sandbox: Sandbox) -> None:
    project = sandbox.project(CHART, {"tiny:chart": "nginx"})
    sandbox.new_stack(project)
    far = sandbox.up(project, check=False)
    assert 'chart "nginx": the sandbox fetches no charts; pull it once' in far.stdout + far.stderr


def up() -> tuple[str | Path, ...]:
    launcher = Path(__file__).resolve().parents[2] / "sandbox" / "pulumi"
    return (launcher, "up", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev")
