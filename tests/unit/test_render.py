"""The command `serving render` around a preview: exit codes, messages, one model alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.settings_project import KSERVE, SAGEMAKER, Project, project
from tests.unit.test_delivery import Answer, Serving

PREFIX = "urn:pulumi:dev::model-serving::"


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.model("churn", KSERVE)
    made.model("prices", KSERVE | {"model": {**KSERVE["model"], "uri": "s3://models/p/2.1.0/"}})
    return made


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Serving:
    return Serving(monkeypatch, capfd)


def steps(*models: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for name in models:
        parent = f"{PREFIX}model-serving:index:InferenceService::{name}"
        made.append({"op": "create", "urn": parent, "newState": {"type": "x", "custom": False}})
        made.append(
            {
                "op": "create",
                "urn": f"{parent}-service",
                "newState": {
                    "type": "kubernetes:example.com/v1:Service",
                    "custom": True,
                    "parent": parent,
                    "inputs": {
                        "apiVersion": "example.com/v1",
                        "kind": "Service",
                        "metadata": {"name": name, "namespace": "models"},
                    },
                },
            }
        )
    return made


def engine(*models: str, code: int = 0, **told: object) -> str:
    """An engine that shows its arguments and says this."""
    said = json.dumps({"steps": steps(*models), **told})
    return f"echo \"$MODEL_SERVING_ONLY $*\" >> asked; printf %s '{said}'; exit {code}"


def paths(site: Project) -> set[str]:
    folder = site.root / "rendered" / "dev"
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*.yaml")}


CHURN = {"models/churn/kustomization.yaml", "models/churn/service-churn.yaml"}
PRICES = {"models/prices/kustomization.yaml", "models/prices/service-prices.yaml"}
TOP = {"kustomization.yaml"}


def asked(site: Project) -> list[list[str]]:
    """What the engine was asked, but for the secrets that are masked in what it says."""
    lines = (site.root / "asked").read_text().splitlines()
    return [line.split() for line in lines if "stack export" not in line]


def test_it_asks_for_a_preview_and_nothing_else(site: Project, serving: Serving) -> None:
    answer = serving(site, "render", pulumi=engine("churn", "prices"))
    assert answer.returncode == 0, answer.stderr
    (words,) = asked(site)
    assert words[0] == "preview"
    assert {"--json", "--show-sames", "--non-interactive", "dev"} <= set(words)
    # Secrets stay with the engine.
    assert "--show-secrets" not in words
    assert paths(site) == TOP | CHURN | PRICES
    assert answer.stdout.splitlines()[-1] == "rendered/dev: 5 new, 0 changed, 0 gone"


def test_one_model_alone_leaves_the_others(site: Project, serving: Serving) -> None:
    site.model("prices", "[")  # Not even read.
    answer = serving(site, "render", "--only", "churn", pulumi=engine("churn"))
    assert answer.returncode == 0, answer.stderr
    (words,) = asked(site)
    assert words[:2] == ["churn", "preview"]
    assert paths(site) == TOP | CHURN
    site.model("prices", KSERVE | {"model": {**KSERVE["model"], "uri": "s3://models/p/2.1.0/"}})
    assert serving(site, "render", "--only", "prices", pulumi=engine("prices")).returncode == 0
    assert paths(site) == TOP | CHURN | PRICES
    assert "models/churn" in (site.root / "rendered/dev/kustomization.yaml").read_text()
    # What has no objects any more leaves the list on top too.
    assert serving(site, "render", "--only", "prices", pulumi=engine()).returncode == 0
    assert paths(site) == TOP | CHURN
    assert "prices" not in (site.root / "rendered/dev/kustomization.yaml").read_text()


def test_nothing_to_render_leaves_nothing(site: Project, serving: Serving) -> None:
    assert serving(site, "render", pulumi=engine("churn")).returncode == 0
    assert serving(site, "render", pulumi=engine()).returncode == 0
    assert paths(site) == set()


def test_a_model_that_is_not_in_the_cluster_is_named(site: Project, serving: Serving) -> None:
    quiet = serving(site, "render", pulumi=engine("churn", "prices"))
    assert "note:" not in quiet.stderr
    site.model("fraud", SAGEMAKER)
    answer = serving(site, "render", pulumi=engine("churn", "prices"))
    assert (answer.returncode, paths(site)) == (0, TOP | CHURN | PRICES)
    assert "left out, and stays with `serving up`: fraud (sagemaker)\n" in answer.stderr


def test_check_writes_nothing(site: Project, serving: Serving) -> None:
    answer = serving(site, "render", "--check", pulumi=engine("churn"))
    assert answer.returncode == 7
    assert "rendered/dev is not what would be rendered: 3 new, 0 changed, 0 gone" in answer.stderr
    assert "fix: run `serving render --env dev` and commit the folder" in answer.stderr
    assert "  + models/churn/service-churn.yaml\n" in answer.stdout
    assert not (site.root / "rendered").exists()
    assert serving(site, "render", pulumi=engine("churn")).returncode == 0
    answer = serving(site, "render", "--check", pulumi=engine("churn"))
    assert (answer.returncode, answer.stdout) == (0, "rendered/dev: up to date\n")
    answer = serving(site, "render", "--check", "--out", "other", pulumi=engine("churn"))
    assert "serving render --env dev --out other" in answer.stderr


def diagnostics(*messages: str) -> dict[str, Any]:
    return {"diagnostics": [{"message": m, "severity": "error"} for m in messages]}


EVENT = json.dumps(
    {
        "policyEvent": {
            "enforcementLevel": "mandatory",
            "resourceUrn": f"{PREFIX}a:b:C$kubernetes:core/v1:Pod::open",
            "policyName": "security/pod-privileged",
            "message": "no\n",
        }
    }
)


@pytest.mark.parametrize(
    ("pulumi", "code", "words"),
    [
        (None, 1, "pulumi is not on PATH"),
        ("echo 'error: no stack named dev found' >&2; exit 6", 6, "no stack named dev found"),
        ("echo nonsense", 1, "the preview failed"),
        (engine(code=137), 1, "the preview failed"),
        (engine(code=1, **diagnostics("error: no role\n")), 1, "error: no role\n"),
        (
            engine(code=1, **diagnostics("no role", "an unhandled error occurred: program exited")),
            1,
            "error: no role\n",
        ),
        (
            f"for a; do log=$a; done; printf %s '{EVENT}' > $log; " + engine(code=1),
            5,
            "error: Pod open: security/pod-privileged: no\n",
        ),
    ],
)
def test_a_preview_that_fails_writes_nothing(
    site: Project, serving: Serving, pulumi: str | None, code: int, words: str
) -> None:
    answer = serving(site, "render", pulumi=pulumi)
    assert answer.returncode == code
    assert words in answer.stderr
    assert "unhandled" not in answer.stderr
    assert answer.stdout == ""
    assert not (site.root / "rendered").exists()


def refused(site: Project, serving: Serving, *arguments: str) -> Answer:
    """Before the engine is asked."""
    answer = serving(site, "render", *arguments, pulumi=engine("churn"))
    assert not (site.root / "asked").exists()
    assert answer.returncode == 2
    return answer


def test_mistakes_are_told_before_the_engine_is_asked(site: Project, serving: Serving) -> None:
    assert "there is no model 'chrun'" in refused(site, serving, "--only", "chrun").stderr
    assert "there is no environment 'prd'" in refused(site, serving, "--env", "prd").stderr
    (site.root / "file").write_text("")
    assert "is no folder" in refused(site, serving, "--out", "file").stderr
    site.environment(team="team-risk")
    site.model("fraud", SAGEMAKER)
    assert "not in 'dev'" in refused(site, serving, "--only", "churn").stderr
    site.model("churn", "[")
    assert "MS0" in refused(site, serving).stderr


def test_a_folder_that_cannot_be_written(site: Project, serving: Serving) -> None:
    (site.root / "file").write_text("")
    answer = serving(site, "render", "--out", "file/below", pulumi=engine("churn"))
    assert answer.returncode == 1
    assert "file/below cannot be written" in answer.stderr
    folder = site.root / "rendered" / "dev"
    folder.mkdir(parents=True)
    (folder / "models").write_text("a file where a folder has to be")
    answer = serving(site, "render", pulumi=engine("churn"))
    assert answer.returncode == 1
    assert "cannot be written" in answer.stderr


def test_a_secret_that_is_left_out_is_said(site: Project, serving: Serving) -> None:
    made = steps("churn")
    made[1]["newState"]["inputs"] |= {
        "apiVersion": "v1",
        "kind": "Secret",
        "data": {"k": "[secret]"},
    }
    answer = serving(site, "render", pulumi=f"printf %s '{json.dumps({'steps': made})}'")
    assert answer.returncode == 0
    assert answer.stderr == (
        "note: Secret models/churn (k) is left out; see rendered/dev/models/churn/SECRETS.md\n"
    )
    assert (site.root / "rendered/dev/models/churn/SECRETS.md").is_file()
