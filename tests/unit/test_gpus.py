"""Machine types for a need: the order they come in, needs in words, and `serving gpus`."""

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.cli import main
from delivery.failure import Failure
from delivery.gpu_need import Need, meeting, parse
from delivery.gpus import HEADS, row
from facts.accelerators import ACCELERATORS
from facts.machines.choose import (
    find,
    machines,
    named,
    regions_of,
)
from facts.machines.shapes import CLOUDS, MachineType
from tests.unit.settings_project import KSERVE, Project, project

EVERY_A100 = {"nvidia-a100", "nvidia-a100-80gb", "nvidia-a100-80gb-pcie"}


@pytest.fixture
def site(tmp_path: Any) -> Project:  # noqa: ANN401 - pytest's path
    made = project(tmp_path)
    made.model("churn", KSERVE)
    return made


def names(found: tuple[MachineType, ...]) -> list[str]:
    return [machine.name for machine in found]


@given(
    st.sampled_from([None, *CLOUDS]),
    st.integers(1, 16),
    st.integers(0, 300),
    st.sampled_from([None, *ACCELERATORS]),
)
def test_found_is_all_that_meets_the_need_cheapest_first(
    cloud: str | None, count: int, memory: int, accelerator: str | None
) -> None:
    found = find(cloud, count=count, memory_gib=memory, accelerator=accelerator)
    for machine in machines():
        meets = (
            cloud in (None, machine.cloud)
            and machine.accelerator_count >= count
            and ACCELERATORS[machine.accelerator].memory_gib >= memory
            and accelerator in (None, machine.accelerator)
        )
        assert (machine in found) == meets
    prices = [m.price_usd_per_hour for m in found]
    known = [price for price in prices if price is not None]
    assert prices == sorted(known) + [None] * (len(prices) - len(known))


def test_two_gpus_of_80_gb_on_each_cloud() -> None:
    """What the table says of 2026: one line changes with it."""
    cheapest = {cloud: names(find(cloud, count=2, memory_gib=80))[0] for cloud in CLOUDS}
    assert cheapest == {
        "aws": "g7e.12xlarge",
        "gcp": "g4-standard-96",
        "azure": "Standard_NC48ads_A100_v4",
    }


def test_an_n1_type_is_one_machine_for_each_gpu_that_it_can_have() -> None:
    found = named("gcp", "n1-standard-8")
    assert {(m.accelerator, m.accelerator_count) for m in found} == {
        ("nvidia-t4", 1),
        ("nvidia-t4", 2),
        ("nvidia-v100", 1),
        ("nvidia-v100", 2),
        ("nvidia-p4", 1),
        ("nvidia-p4", 2),
        ("nvidia-p100", 1),
        ("nvidia-p100", 2),
    }
    assert named("aws", "g6.xlarge") == find("aws", accelerator="nvidia-l4")[:1]
    assert named("gcp", "g6.xlarge") == ()


def test_regions_are_those_of_the_machine_or_of_its_attached_gpu() -> None:
    (g2,) = named("gcp", "g2-standard-4")
    assert {"us-central1", "europe-west4"} <= (regions_of(g2) or set())
    t4 = find("gcp", accelerator="nvidia-t4")[0]
    v100 = find("gcp", accelerator="nvidia-v100")[0]
    assert (regions_of(v100) or frozenset()) < (regions_of(t4) or frozenset())
    assert regions_of(named("aws", "g6.xlarge")[0]) is None


@pytest.mark.parametrize(
    ("price", "word"),
    [(1.5, "low"), (1.51, "medium"), (6.01, "high"), (30.01, "very high"), (None, "unknown")],
)
def test_price_class(price: float | None, word: str) -> None:
    machine = MachineType(
        name="m",
        cloud="aws",
        vcpu=4,
        memory_mib=1,
        accelerator="nvidia-l4",
        accelerator_count=1,
        price_usd_per_hour=price,
    )
    assert machine.price_class == word


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("40GB+", Need(1, 40)),
        ("2x80GB", Need(2, 80)),
        ("2 x 80 gib", Need(2, 80)),
        ("8×141GB", Need(8, 141)),
        ("H200", Need(1, kinds=frozenset({"nvidia-h200"}))),
        ("4xl4", Need(4, kinds=frozenset({"nvidia-l4"}))),
        ("A100", Need(1, kinds=frozenset(EVERY_A100))),
        ("nvidia-a100", Need(1, kinds=frozenset({"nvidia-a100"}))),
        ("a100-80gb", Need(1, kinds=frozenset({"nvidia-a100-80gb", "nvidia-a100-80gb-pcie"}))),
        ("RTX PRO 6000", Need(1, kinds=frozenset({"nvidia-rtx-pro-6000"}))),
    ],
)
def test_a_need_in_words(text: str, need: Need) -> None:
    assert parse(text) == need


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("H1000", "did you mean: H100?"),
        ("2xgaudi", "no GPU is called 'gaudi'"),
        ("0xT4", "asks for no GPU"),
        ("", "asks for no GPU"),
        ("GB", "no GPU is called 'GB'"),
    ],
)
def test_a_wrong_need_says_what_is_allowed(text: str, says: str) -> None:
    with pytest.raises(Failure, match="allowed: a kind such as H100") as raised:
        parse(text)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("text", "cloud", "says"),
    [
        ("16xH100", "aws", "nearest: p5.48xlarge, 8 x nvidia-h100 of 80 GB"),
        ("17x40GB", "gcp", "nearest: a2-megagpu-16g, 16 x nvidia-a100 of 40 GB"),
        ("8x200GB", "azure", "nearest: Standard_ND128isr_GB300_v6, 4 x nvidia-gb300 of 279 GB"),
        ("500GB", None, "1 GPU of 500 GB\n  nearest: Standard_ND128isr_GB300_v6"),
        ("T4G", "gcp", "on gcp has 1 GPU of the kind nvidia-t4g\n  there it is: aws"),
    ],
)
def test_a_need_that_nothing_meets_names_the_nearest(
    text: str, cloud: str | None, says: str
) -> None:
    with pytest.raises(Failure) as raised:
        meeting(parse(text), cloud)
    assert says in str(raised.value)


def test_a_row_says_unknown_and_never_zero() -> None:
    (gb200,) = find("gcp", accelerator="nvidia-gb200")
    cells = dict(zip(HEADS, row(gb200), strict=True))
    assert cells["$/h"] == "unknown"
    assert cells["vcpu"] == "140 arm64"
    assert cells["interconnect"] == "nvlink, gpudirect_rdma x 4"
    assert cells["sold"] == "only reserved"
    assert cells["mig"] == "7 x 1g.23gb"


@pytest.mark.parametrize(
    ("cloud", "name", "says"),
    [
        ("aws", "g6.xlarge", "-"),
        ("aws", "g6.8xlarge", "efa x 1"),
        ("gcp", "g2-standard-24", "pcie"),
        ("azure", "Standard_NC80adis_H100_v5", "unknown"),
        ("azure", "Standard_ND96isr_H200_v5", "nvlink, infiniband x 8"),
    ],
)
def test_interconnect_of_gpus_and_of_machines(cloud: str, name: str, says: str) -> None:
    (machine,) = named(cloud, name)
    assert dict(zip(HEADS, row(machine), strict=True))["interconnect"] == says


class Serving:
    """Runs the command in a project."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch = monkeypatch
        self.capfd = capfd

    def __call__(self, site: Project, *arguments: str) -> tuple[object, str, str]:
        self.monkeypatch.chdir(site.root)
        self.monkeypatch.setattr(sys, "argv", ["serving", "gpus", *arguments])
        self.capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = self.capfd.readouterr()
        return ended.value.code, said.out, said.err


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Serving:
    return Serving(monkeypatch, capfd)


def test_the_command_prints_each_cloud_with_its_sources(site: Project, serving: Serving) -> None:
    code, out, _ = serving(site, "2x80GB")
    assert code == 0
    for cloud, region in (("aws", "us-east-1"), ("gcp", "us-central1"), ("azure", "westus2")):
        assert f"{cloud}: prices of {region} on 2026-" in out
    assert out.count("read 2026-11-26: https://") == 3
    assert out.index("g7e.12xlarge") < out.index("p5e.48xlarge")
    assert "unknown: no source tells" in out


def test_json_has_the_same(site: Project, serving: Serving) -> None:
    code, out, _ = serving(site, "A100", "--cloud", "azure", "--json")
    said = json.loads(out)
    assert code == 0
    assert said["schema_version"] == 1
    assert set(said["need"]["accelerators"]) == EVERY_A100
    (azure,) = said["clouds"]
    assert azure["machine_types"][0]["name"] == "Standard_NC24ads_A100_v4"
    assert azure["machine_types"][0]["usd_per_hour"] == 3.673
    assert azure["machine_types"][0]["mig_profiles"]["1g.10gb"] == {"per_gpu": 7, "memory_gib": 10}


def test_an_environment_narrows_to_its_clouds_and_regions(site: Project, serving: Serving) -> None:
    """The models may still lack what they need: here the cluster."""
    aws = {"account_id": "123456789012", "region": "eu-west-1"}
    azure = {
        "subscription_id": "11111111-2222-3333-4444-555555555555",
        "resource_group": "models",
        "location": "West Europe",
        "oidc_issuer_url": "https://issuer.example.com/1/",
    }
    site.environment(targets={"aws": aws, "azure": azure})
    code, out, err = serving(site, "--env", "dev", "--json")
    assert code == 0, err
    clouds = {cloud["cloud"]: cloud for cloud in json.loads(out)["clouds"]}
    assert set(clouds) == {"aws", "azure"}
    assert clouds["azure"]["region"] == "westeurope"
    has = {m["name"] for m in clouds["azure"]["machine_types"]}
    for size in machines("azure"):
        assert (size.name in has) == ("westeurope" in (regions_of(size) or {"westeurope"}))
    _, text, _ = serving(site, "V100", "--env", "dev")
    assert "Which regions of aws have a type, no source tells." in text
    assert serving(site, "T4", "--env", "dev", "--cloud", "gcp")[0] == 2
    site.environment(targets={"aws": aws | {"region": 5}})
    assert "targets.aws.region" in serving(site, "T4", "--env", "dev")[2]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["H1000"], "did you mean: H100?"),
        (["--cloud", "oracle"], "there is no cloud 'oracle'"),
        (["--env", "nowhere"], "there is no environment 'nowhere'"),
    ],
)
def test_one_clear_error(arguments: list[str], says: str, site: Project, serving: Serving) -> None:
    code, out, err = serving(site, *arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err
