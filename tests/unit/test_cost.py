"""`serving cost`: what each target is paid for by, shares of pools, unknown prices, own files."""

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from delivery.cli import main
from delivery.costs.environment import EnvironmentCosts, environment_costs
from delivery.costs.lines import Line
from delivery.costs.managed import MANAGED
from facts.prices.monthly import HOURS
from facts.prices.table import COLUMNS
from stacks.settings.batch import Batch
from stacks.settings.models import MODEL_CLASSES
from tests.unit.settings_project import (
    ASYNC,
    AZURE_FUNCTIONS,
    AZURE_FUNCTIONS_TARGETS,
    AZURE_ML,
    AZURE_ML_TARGETS,
    CLOUD_RUN,
    CLOUD_RUN_TARGETS,
    COMPONENT,
    KSERVE,
    LAMBDA,
    SAGEMAKER,
    SERVERLESS,
    SHARED_ENDPOINT,
    TARGETS,
    TRANSFORM,
    VERTEX,
    VERTEX_TARGETS,
    Project,
    changed,
    project,
)

EVERYWHERE = {
    **TARGETS,
    **VERTEX_TARGETS,
    **CLOUD_RUN_TARGETS,
    **AZURE_ML_TARGETS,
    **AZURE_FUNCTIONS_TARGETS,
}
STANDING_IN = {"aws": "us-east-1", "gcp": "us-central1", "azure": "eastus2"}
SECONDS = HOURS * 3600
M5 = Decimal("0.115") * HOURS


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.environment(targets=EVERYWHERE, prices={"stand_in_regions": STANDING_IN})
    return made


def costs(site: Project) -> EnvironmentCosts:
    return environment_costs(site.root, site.load())


def the_line(site: Project, settings: dict[str, Any]) -> Line:
    site.model("one", settings)
    (found,) = costs(site).lines
    return found


@pytest.mark.parametrize(
    ("settings", "floor", "ceiling"),
    [
        (SAGEMAKER, M5, 2 * M5),
        (changed(SAGEMAKER, min_replicas=2, max_replicas=5), 2 * M5, 5 * M5),
        # A candidate has as many instances as the stable model's most, unless it says.
        (
            changed(
                SAGEMAKER,
                candidate={"uri": "s3://models/fraud/1.5.0/model.tar.gz", "version": "1.5.0"},
            ),
            3 * M5,
            4 * M5,
        ),
        (
            changed(
                SAGEMAKER,
                candidate={"uri": "s3://models/fraud/1.5.0/model.tar.gz", "version": "1.5.0"},
                candidate_replicas=1,
            ),
            2 * M5,
            3 * M5,
        ),
        # Schedules have the last word on both bounds.
        (
            changed(
                SAGEMAKER,
                min_replicas=2,
                max_replicas=4,
                scaling={
                    "schedules": [
                        {"schedule": "0 8 * * 1-5", "min_replicas": 3, "max_replicas": 9},
                        {"schedule": "0 20 * * 1-5", "min_replicas": 1, "max_replicas": 4},
                    ]
                },
            ),
            M5,
            9 * M5,
        ),
        (ASYNC, 0, M5),
        (SHARED_ENDPOINT, M5, 2 * M5),
        (
            changed(COMPONENT, min_instances=1, max_instances=3),
            M5,
            3 * M5,
        ),
        (COMPONENT, M5, None),
        (LAMBDA, 0, Decimal("0.0000133334") * 10 * SECONDS),
        (
            changed(LAMBDA, min_replicas=2, max_replicas=2, architecture="x86_64"),
            Decimal("0.0000046460") * 2 * SECONDS,
            (Decimal("0.0000046460") + Decimal("0.0000108407")) * 2 * SECONDS,
        ),
        # What is kept warm of an endpoint of this size has no price in the list.
        (changed(SERVERLESS, min_replicas=1), None, None),
        (changed(SERVERLESS, resources__memory_mib=3072), 0, Decimal("0.00006") * 5 * SECONDS),
        (VERTEX, Decimal("0.1095") * HOURS, Decimal("0.1095") * 2 * HOURS),
        (changed(VERTEX, spot=True), None, Decimal("0.1095") * 2 * HOURS),
        (changed(VERTEX, machine_type="n1-standard-64"), None, None),
        (
            changed(CLOUD_RUN, min_replicas=1, max_replicas=1),
            (Decimal("0.0000025") + Decimal("0.0000025")) * SECONDS,
            (Decimal("0.000024") + Decimal("0.0000025")) * SECONDS,
        ),
        (
            changed(CLOUD_RUN, min_replicas=1, max_replicas=2, cpu_always=True),
            (Decimal("0.000018") + Decimal("0.000002")) * SECONDS,
            (Decimal("0.000018") + Decimal("0.000002")) * 2 * SECONDS,
        ),
        # The list has Azure's machines with GPUs alone.
        (AZURE_ML, None, None),
        (
            changed(AZURE_FUNCTIONS, min_replicas=1, max_replicas=3),
            Decimal("0.000004") * 2 * SECONDS,
            (Decimal("0.000004") + Decimal("0.000016") + 2 * Decimal("0.000026")) * 2 * SECONDS,
        ),
        (TRANSFORM, 0, None),
    ],
)
def test_a_model_costs_what_its_bounds_and_its_machines_make(
    site: Project, settings: dict[str, Any], floor: Decimal | None, ceiling: Decimal | None
) -> None:
    found = the_line(site, settings).cost
    assert found.floor.value == floor
    assert found.ceiling.value == ceiling


def test_premium_functions_always_have_an_instance(site: Project) -> None:
    """Their prices are known of another region than the one that stands in."""
    stand_ins = {**STANDING_IN, "azure": "eastus"}
    site.environment(targets=EVERYWHERE, prices={"stand_in_regions": stand_ins})
    found = the_line(site, changed(AZURE_FUNCTIONS, plan="premium")).cost
    ep1 = (Decimal("0.173") + Decimal("3.5") * Decimal("0.0123")) * HOURS
    assert (found.floor.value, found.ceiling.value) == (ep1, 20 * ep1)


def test_without_a_stand_in_another_regions_price_is_unknown(site: Project) -> None:
    site.environment(targets=EVERYWHERE)
    found = the_line(site, SAGEMAKER).cost
    assert found.floor.value is None
    assert found.floor.known_part == 0
    assert found.floor.unknown == (
        "no price of sagemaker ml.m5.large in eu-west-1; known in us-east-1",
    )


def test_every_target_is_paid_for_by_something() -> None:
    for name, kind in MODEL_CLASSES.items():
        elsewhere = kind in MANAGED or issubclass(kind, Batch)
        assert elsewhere or "kubernetes" in kind.needs, name


POOL = {"owner": "team-platform", "accelerator": "nvidia-l4", "instance_types": ["g6.xlarge"]}
G6 = Decimal("0.8048") * HOURS
GPU = {"cpu": 3, "memory_mib": 8192, "accelerator": "nvidia-l4"}
EKS = {"cluster_name": "serving", "subnet_ids": ["subnet-0a1"]}


def with_pool(site: Project, **pool: object) -> None:
    made = {**POOL, "max_nodes": 4, **pool}
    site.environment(
        targets={**EVERYWHERE, "eks": EKS},
        prices={"stand_in_regions": STANDING_IN},
        platform={"gpu_node_pools": {"l4": made}},
    )


def test_a_share_of_a_pool_is_paid_for_once(site: Project) -> None:
    with_pool(site)
    site.model("churn", changed(KSERVE, resources=GPU, min_replicas=2, max_replicas=3))
    found = costs(site)
    model, pool = found.lines
    assert (model.cost.floor.value, model.cost.ceiling.value) == (2 * G6, 3 * G6)
    assert model.asked.inside == "l4"
    # Its pods hold two nodes while nobody asks, whatever the pool's own least is.
    assert (pool.cost.floor.value, pool.cost.ceiling.value) == (2 * G6, 4 * G6)
    assert found.sum.floor == pool.cost.floor
    assert found.sum.ceiling == pool.cost.ceiling


def test_a_pools_own_least_counts_where_nothing_runs_on_it(site: Project) -> None:
    with_pool(site, min_nodes=1)
    site.model("churn", changed(KSERVE, resources=GPU, min_replicas=0))
    _, pool = costs(site).lines
    assert (pool.cost.floor.value, pool.cost.ceiling.value) == (G6, 4 * G6)


def test_spot_nodes_cost_at_most_what_they_cost_on_demand(site: Project) -> None:
    with_pool(site, capacity="spot", min_nodes=1)
    (pool,) = costs(site).lines
    assert pool.cost.floor.value is None
    assert pool.cost.ceiling.value == 4 * G6


def test_of_several_machine_types_the_cheapest_and_the_dearest_count(site: Project) -> None:
    with_pool(site, instance_types=["g6.2xlarge", "g6.xlarge"], min_nodes=1)
    (pool,) = costs(site).lines
    dearest = Decimal("0.9776") * HOURS
    assert (pool.cost.floor.value, pool.cost.ceiling.value) == (G6, 4 * dearest)


def test_pods_without_gpus_are_unknown_until_somebody_prices_a_core(site: Project) -> None:
    site.model("churn", changed(KSERVE, deployment_mode="standard", max_replicas=2))
    site.environment(targets={**EVERYWHERE, "eks": EKS})
    (before,) = costs(site).lines
    assert before.cost.floor.value is None
    own(
        site,
        "aws,kubernetes,cpu,*,hour,0.03,USD,2026-11-01,us",
        "aws,kubernetes,memory,*,gib_hour,0.004,USD,2026-11-01,us",
    )
    site.environment(targets={**EVERYWHERE, "eks": EKS}, prices={"file": "prices.csv"})
    (after,) = costs(site).lines
    pod = (Decimal("0.03") + 2 * Decimal("0.004")) * HOURS
    assert (after.cost.floor.value, after.cost.ceiling.value) == (pod, 2 * pod)


def own(site: Project, *rows: str) -> None:
    (site.root / "prices.csv").write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")


def test_a_price_of_ones_own_replaces_the_lists(site: Project) -> None:
    own(site, "aws,sagemaker,ml.m5.large,eu-west-1,hour,0.1,USD,2026-11-01,our contract")
    site.environment(targets=EVERYWHERE, prices={"file": "prices.csv"})
    found = the_line(site, SAGEMAKER).cost
    assert found.floor.value == Decimal("0.1") * HOURS
    assert found.prices[0].source == "our contract"


def test_azure_ml_costs_what_its_machines_cost_by_ones_own_file(site: Project) -> None:
    own(site, "azure,virtual_machines,Standard_DS3_v2,*,hour,0.3,USD,2026-11-01,our contract")
    site.environment(targets=EVERYWHERE, prices={"file": "prices.csv"})
    found = the_line(site, AZURE_ML).cost
    assert (found.floor.value, found.ceiling.value) == (Decimal("219.0"), Decimal("438.0"))


def test_everything_wrong_with_the_file_is_said_at_once(site: Project) -> None:
    site.model("one", SAGEMAKER)
    own(site, "aws,sagemaker,ml.m5.large,eu-west-1,month,x,USD,2026-11-01,us")
    site.environment(targets=EVERYWHERE, prices={"file": "prices.csv"})
    problems = site.problems()
    assert {problem.code for problem in problems} == {"MS0260"}
    assert [problem.message for problem in problems] == [
        "prices.csv: line 2: price: got x; use a number, 0 or more",
        "prices.csv: line 2: unit: got month; use hour",
    ]
    assert all(problem.place.line for problem in problems)


@pytest.mark.parametrize(
    ("file", "said"),
    [("none.csv", "there is no such file"), ("../prices.csv", "is not below the project")],
)
def test_a_file_that_cannot_be_read_is_a_problem(site: Project, file: str, said: str) -> None:
    site.environment(targets=EVERYWHERE, prices={"file": file})
    site.has_one_problem("MS0260", "prices.file", said)


def test_a_file_that_is_no_text_is_a_problem(site: Project) -> None:
    (site.root / "prices.csv").write_bytes(b"\xff\xfe\x00")
    site.environment(targets=EVERYWHERE, prices={"file": "prices.csv"})
    site.has_one_problem("MS0260", "prices.file", "cannot be read as text in UTF-8")


class Serving:
    """Runs the command in a project."""

    def __init__(
        self, site: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        self.capfd = capfd
        self.monkeypatch = monkeypatch
        monkeypatch.chdir(site.root)

    def __call__(self, *arguments: str) -> tuple[object, str]:
        self.monkeypatch.setattr(sys, "argv", ["serving", "cost", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, self.capfd.readouterr().out


@pytest.fixture
def serving(
    site: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Serving:
    return Serving(site, monkeypatch, capfd)


def test_the_table_has_sum_currency_days_and_what_is_unknown(
    site: Project, serving: Serving
) -> None:
    site.model("fraud", SAGEMAKER)
    site.model("iris", changed(SERVERLESS, min_replicas=1))
    code, out = serving()
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "dev: USD a month of 730 hours, at list prices of 2026-07-30"
    assert lines[2].split() == [
        "fraud",
        "sagemaker",
        "83.95",
        "167.90",
        *["1", "to", "2", "x", "ml.m5.large"],
    ]
    assert lines[4].split() == ["sum", "83.95", "+", "unknown", "167.90", "+", "unknown"]
    assert "unknown: iris: no price of sagemaker_serverless provisioned-2048" in out
    assert "stands in: sagemaker ml.m5.large at the price of us-east-1" in out
    assert "besides: iris: data in and out" in out
    assert lines[-1].startswith("Not counted: ")


def test_a_model_over_its_budget_is_named(site: Project, serving: Serving) -> None:
    site.model("fraud", changed(SAGEMAKER, monthly_budget=167.89))
    site.model("other", changed(SAGEMAKER, monthly_budget=167.9))
    _, out = serving()
    assert "over budget: fraud: its ceiling is above 167.89" in out
    assert "over budget: other" not in out


def test_json_has_the_same_and_null_for_unknown(site: Project, serving: Serving) -> None:
    site.model("fraud", SAGEMAKER)
    site.model("iris", changed(SERVERLESS, min_replicas=1))
    code, out = serving("--json")
    said = json.loads(out)
    assert code == 0
    assert said["schema_version"] == 1
    assert said["sum"]["floor"]["monthly"] is None
    assert said["sum"]["floor"]["known_part"] == 83.95
    fraud, iris = said["lines"]
    assert fraud["ceiling"] == {"monthly": 167.9, "known_part": 167.9, "unknown": []}
    assert iris["floor"]["monthly"] is None
    assert said["prices"][0]["date"] == "2026-07-30"
    assert said["prices"][0]["stands_in"] is True
