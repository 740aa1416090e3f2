"""The judges of manifests, on manifests that are wrong, and the figures that are committed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.progress import SetupError
from tests.judges import emission, report
from tests.judges.scanners import tools
from tests.judges.scanners.findings import (
    GATED,
    Finding,
    by_checkov,
    by_kube_score,
    exemptions,
    severities,
)

BAD: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "bad", "annotations": {"kube-score/ignore": "container-image-tag"}},
    "spec": {
        "selector": {"matchLabels": {"app": "bad"}},
        "template": {
            "metadata": {"labels": {"app": "bad"}},
            "spec": {"containers": [{"name": "it", "image": "server:latest"}]},
        },
    },
}


def program(folder: Path, printed: str) -> Path:
    """A scanner that prints this, whatever it is asked."""
    (folder / "printed").write_text(printed)
    path = folder / "scanner"
    path.write_text(f'#!/bin/sh\ncat "{folder}/printed"\nexit 1\n')
    path.chmod(0o755)
    return path


def checked(name: str, resource: str = "Deployment.models.it") -> dict[str, Any]:
    return {
        "check_id": name,
        "check_name": "Said in words",
        "resource": resource,
        "file_path": "/0.yaml",
    }


def test_kube_score_judges_what_excuses_itself() -> None:
    built = tools.built()
    if built is None:
        pytest.skip("kube-score is not built; `python -m tests.judges manifests` does it")
    findings, checks = by_kube_score(built, {"dev": [BAD], "none": []})
    found = {each.id for each in findings if each.severity == "critical"}
    assert {"container-image-tag", "container-resources"} <= found
    assert {(each.source, each.kind, each.object) for each in findings} == {
        ("dev", "Deployment", "bad")
    }
    assert checks > len(found)


def test_checkov_has_its_vendors_severities(tmp_path: Path) -> None:
    results = {
        "failed_checks": [checked("CKV_K8S_40"), checked("CKV_K8S_16"), checked("CKV_K8S_9999")],
        # It excuses itself by an annotation.
        "skipped_checks": [checked("CKV_K8S_20", "Pod.models.it")],
        "passed_checks": [checked("CKV_K8S_8")] * 7,
    }
    told = json.dumps({"summary": {"passed": 7}, "results": results})
    findings, checks = by_checkov(program(tmp_path, told), {"dev": [BAD]}, tmp_path)
    assert checks == 11
    assert {each.id: (each.severity, each.kind, each.source) for each in findings} == {
        "CKV_K8S_40": ("low", "Deployment", "dev"),
        "CKV_K8S_16": ("high", "Deployment", "dev"),
        "CKV_K8S_9999": ("high", "Deployment", "dev"),
        "CKV_K8S_20": ("medium", "Pod", "dev"),
    }


def test_checkov_that_knows_no_object(tmp_path: Path) -> None:
    assert by_checkov(program(tmp_path, '{"passed": 0}'), {}, tmp_path) == ([], 0)


def test_a_scanner_that_fails_is_no_scanner_that_finds_nothing(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="scanner says cannot read"):
        by_checkov(program(tmp_path, "cannot read"), {"dev": [BAD]}, tmp_path)


@pytest.mark.parametrize(
    ("id_", "kind", "severity", "is_grave"),
    [
        ("container-image-pull-policy", "Deployment", "critical", False),
        ("container-image-pull-policy", "Pod", "critical", True),
        ("container-image-tag", "Deployment", "critical", True),
        ("container-image-tag", "Deployment", "warning", False),
    ],
)
def test_what_is_listed_is_not_grave(id_: str, kind: str, severity: str, *, is_grave: bool) -> None:
    finding = Finding("kube-score", id_, severity, kind, "dev", "it", "Said in words")
    assert bool(emission.grave([finding])) == is_grave


def figures(**more: object) -> dict[str, Any]:
    scanner: dict[str, Any] = {"checks": 100, "not listed": []}
    return {"kube-score": scanner, "checkov": scanner, "listed in vain": [], **more}


@pytest.mark.parametrize(
    ("source", "is_grave"),
    [("ModelServer triton", False), ("ModelServer MINIMAL", True), ("prod", True)],
)
def test_what_arguments_ask_for_is_grave_by_default(source: str, *, is_grave: bool) -> None:
    id_ = "container-security-context-user-group-id"
    finding = Finding("kube-score", id_, "critical", "Deployment", source, "it", "Said in words")
    assert bool(emission.grave([finding])) == is_grave


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, ""),
        ({"checkov": {"checks": 100, "not listed": ["one"]}}, "manifests: one"),
        ({"checkov": {"checks": 0, "not listed": []}}, "checkov made 0 checks"),
        ({"listed in vain": ["kube-score x"]}, "the entry kube-score x is not needed"),
    ],
)
def test_gates(more: dict[str, Any], said: str) -> None:
    found = list(emission.failures(figures(**more)))
    assert len(found) == bool(said)
    assert said in "".join(found)


def test_exemptions_have_reasons_and_are_of_no_object() -> None:
    """Each is of a scanner that is there, a kind and a check; no two are the same."""
    listed = [(one.scanner, one.id, one.kind) for one in exemptions()]
    assert sorted(listed) == sorted(set(listed))
    assert {scanner for scanner, _, _ in listed} <= set(emission.SCANNERS)
    assert [one for one in exemptions() if len(one.reason.split()) < 5] == []


def test_severities_are_those_that_are_gated_and_low() -> None:
    assert set(severities().values()) == {"high", "medium", "low"}
    assert {"critical", "high", "medium"} == GATED


def test_the_committed_figures_are_of_the_pinned_scanners_and_meet_the_gates() -> None:
    found = json.loads(report.FIGURES.read_text(encoding="utf-8"))["manifests"]
    for scanner in emission.SCANNERS:
        assert found[scanner]["version"] == tools.version(scanner)
    assert list(emission.failures(found)) == []


def test_an_environment_whose_download_failed_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interpreter's place is made first, and then packages are asked for."""
    asked: list[Path] = []

    def run(_doing: str, _command: object, *, environment: Mapping[str, str], **_: object) -> None:
        programs = Path(environment["UV_PROJECT_ENVIRONMENT"]) / "bin"
        programs.mkdir(parents=True, exist_ok=True)
        asked.append(programs)
        if len(asked) == 1:
            raise SetupError("nobody answers")
        (programs / "checkov").touch()

    monkeypatch.setattr(tools, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(tools, "run", run)
    with pytest.raises(SetupError, match="nobody answers"):
        tools.checkov()
    assert {tools.checkov(), tools.checkov()} == {asked[0] / "checkov"}
    assert len(asked) == 2


def test_a_part_of_the_figures_leaves_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    path.write_text(json.dumps({"digest": "x", "manifests": {"objects": 1}}))
    report.write_part("manifests", {"objects": 2}, path)
    found = json.loads(path.read_text())
    assert (found["digest"], found["manifests"]["objects"]) == ("x", 2)


def test_figures_tell_what_they_are_older_than(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    path.write_text(json.dumps({"digest": report.digest(), "manifests": {"sources": "x"}}))
    assert report.older(json.loads(path.read_text())) == list(report.PARTS)
    for name in report.PARTS:
        report.write_part(name, {}, path)
    found = json.loads(path.read_text())
    assert report.older(found) == []
    assert report.older({**found, "digest": "x"}) == ["sandbox"]
