"""What judges the sandbox, in part: vendors' own examples pass, mechanical mistakes in them do not.

`make judges` takes all of them, runs whole programs, and writes the figures that are committed.
"""

import itertools
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.check import Problem
from tests.judges import gates, report
from tests.judges.corpora import kubernetes, sdk
from tests.judges.corpora.cache import cached
from tests.judges.corpora.model import Corpus, Example, Resource
from tests.judges.corpora.samples import samples
from tests.judges.exceptions import exemptions
from tests.judges.panel import EXCEPTIONS, KUBERNETES, PANEL
from tests.judges.trial import Tally, Trial

AWS = (
    *("apigatewayv2/api", "apigatewayv2/integration", "apigatewayv2/route"),
    *("appautoscaling/policy", "appautoscaling/target", "cloudwatch/log_group"),
    *("cloudwatch/metric_alarm", "codedeploy/deployment_group", "ec2/launch_template"),
    *("eks/node_group", "iam/role", "iam/role_policy", "kms/key", "lambda_/alias"),
    *("lambda_/function", "lambda_/permission", "s3/bucket_versioning"),
    *("sagemaker/endpoint_configuration", "sagemaker/model"),
)
GCP = (
    *("cloudrunv2/service", "container/cluster", "container/node_pool", "kms/crypto_key"),
    *("serviceaccount/account", "storage/bucket", "vertex/ai_endpoint"),
)


def _some_manifests() -> Corpus:
    found = [
        Example(origin, (Resource(kubernetes.token(document), "it", document),))
        for origin, document in itertools.islice(kubernetes.manifests(), 250)
    ]
    return Corpus("some manifests", tuple(found), {})


def _kubernetes() -> Corpus:
    corpus = cached("manifests", KUBERNETES, _some_manifests)
    if not corpus.examples:
        pytest.skip("the Go modules that carry the manifests cannot be had")
    return samples(corpus)


def _azure() -> Corpus:
    try:
        return PANEL["azure-native"].corpus()
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("the Go modules that carry the examples cannot be had")


@pytest.mark.parametrize(
    ("provider", "corpus", "least"),
    [
        ("aws", lambda: sdk.corpus("aws", AWS), 60),
        ("gcp", lambda: sdk.corpus("gcp", GCP), 40),
        ("kubernetes", _kubernetes, 100),
        ("azure-native", _azure, 50),
    ],
)
def test_examples_pass_and_mistakes_in_them_do_not(
    provider: str,
    corpus: Callable[[], Corpus],
    least: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.delenv("KUBECONFIG", raising=False)
    trial = Trial(provider, tmp_path, corpus())
    examples = trial.examples()
    assert examples["examples"] >= least
    assert not examples["refused"], trial.missed
    shape, limits, replaced = trial.shape(), trial.limits(), trial.replacements()
    # A part may do a little worse than the whole, for which gates.py has the figures.
    assert _reaches(shape, 0.95), [one for one in trial.missed if one.kind in shape.made]
    assert _reaches(limits, 0.7), [one for one in trial.missed if one.kind in limits.made]
    assert _reaches(replaced, 0.7), [one for one in trial.missed if one.kind == "replace"]


def _reaches(tally: Tally, least: float) -> bool:
    return tally.made.total() > 0 and tally.share >= least


def test_a_mistake_that_nobody_refuses_is_counted_as_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")

    def says_nothing(*_: object) -> tuple[dict[str, object], list[Problem]]:
        return {}, []

    queue = Resource("aws:sqs/queue:Queue", "it", {"delaySeconds": 5})
    trial = Trial("aws", tmp_path, Corpus("ours", (Example("one", (queue,)),), {}))
    monkeypatch.setattr(trial.stack.life, "check", says_nothing)
    tally = trial.shape()
    assert tally.made.total() > 0
    assert tally.right.total() == 0
    assert len(trial.missed) == tally.made.total()


def test_exceptions_are_few_and_each_has_its_page() -> None:
    figures = json.loads(report.FIGURES.read_text(encoding="utf-8"))["providers"]
    for provider in PANEL:
        mine = exemptions(provider)
        assert all(entry.reason and entry.page.startswith("https://") for entry in mine)
        doubtful = {entry.example for entry in mine if not entry.wrong}
        assert len(doubtful) <= EXCEPTIONS * figures[provider]["examples"]["examples"]


def test_the_committed_figures_say_which_gates_are_not_met() -> None:
    figures = json.loads(report.FIGURES.read_text(encoding="utf-8"))
    assert list(figures["providers"]) == list(PANEL)
    failures = [
        failure
        for provider, found in figures["providers"].items()
        for failure in gates.failures(provider, found)
    ]
    assert figures["not met"] == failures
