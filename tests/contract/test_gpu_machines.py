"""The table of GPUs and machines against the vendors' own models and lists."""

import importlib.metadata
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any, get_args

import pytest

from facts.accelerators import ACCELERATORS
from facts.machines import azure, compute_engine, ec2
from facts.machines.choose import SOURCES, machines, regions_of
from sandbox.limits.aws.services import service
from stacks.settings.common import Accelerator

LISTS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "gpu_machines.json").read_text(encoding="utf-8")
)
# Families of EC2 whose names say that they carry an accelerator.
EC2_ACCELERATED = re.compile(r"(g\d|gr\d|p\d|trn\d|inf\d|dl\d|vt\d|f\d)")


def enumerated(name: str, shape: str) -> list[str]:
    """The values that AWS' own model of a service allows."""
    return list(service(name).shape(shape)["enum"])


EC2 = enumerated("ec2", "InstanceType")


def test_ec2_has_every_type() -> None:
    assert set(ec2.EC2_GPU_INSTANCE_TYPES) <= set(EC2)


@pytest.mark.parametrize(
    "family", sorted({n.split(".")[0] for n in EC2 if EC2_ACCELERATED.match(n)})
)
def test_no_accelerated_family_of_ec2_is_forgotten(family: str) -> None:
    """A family is in the table with all its sizes, or left out with a reason."""
    there = {n for n in EC2 if n.split(".")[0] == family}
    known = {n for n in ec2.EC2_GPU_INSTANCE_TYPES if n.split(".")[0] == family}
    assert known == (set[str]() if family in ec2.LEFT_OUT else there)


def test_only_what_ec2_has_is_left_out() -> None:
    assert set(ec2.LEFT_OUT) <= {n.split(".")[0] for n in EC2}


def test_sagemaker_hosts_the_others() -> None:
    hosted = set(enumerated("sagemaker", "ProductionVariantInstanceType"))
    lacking = {n for n in ec2.EC2_GPU_INSTANCE_TYPES if f"ml.{n}" not in hosted}
    assert lacking == ec2.NOT_ON_SAGEMAKER


@pytest.mark.parametrize("name", LISTS["azure"]["names"])
def test_no_size_of_azure_is_forgotten(name: str) -> None:
    """A size is in the table, or left out by one pattern with its reason."""
    reasons = [p for p in azure.LEFT_OUT if re.fullmatch(f"Standard_{p}", name)]
    assert len(reasons) + (name in azure.AZURE_GPU_SIZES) == 1


def test_azure_has_every_size_and_nothing_else_is_left_out() -> None:
    names = set(LISTS["azure"]["names"])
    assert set(azure.AZURE_GPU_SIZES) <= names
    for pattern in azure.LEFT_OUT:
        assert any(re.fullmatch(f"Standard_{pattern}", name) for name in names), pattern


@pytest.mark.parametrize("name", LISTS["gcp"]["shapes"])
def test_compute_engine_says_the_same(name: str) -> None:
    """A machine type has the cores and memory of the table, or is left out with a reason."""
    rows = [m for m in compute_engine.COMPUTE_ENGINE_GPU_MACHINES if m.name == name]
    assert bool(rows) != (name in compute_engine.LEFT_OUT)
    shapes = {(m.vcpu, m.memory_mib / 1024) for m in rows}
    assert shapes <= {tuple(LISTS["gcp"]["shapes"][name])}


def test_compute_engine_has_every_type() -> None:
    names = {m.name for m in compute_engine.COMPUTE_ENGINE_GPU_MACHINES}
    assert names | set(compute_engine.LEFT_OUT) == set(LISTS["gcp"]["shapes"])


def test_google_knows_the_names_of_gpus() -> None:
    """What Vertex AI's model calls the same GPU; it has no GB300 yet."""
    (path,) = (
        file.locate()
        for file in importlib.metadata.files("google-cloud-aiplatform") or ()
        if str(file) == "google/cloud/aiplatform_v1/types/accelerator_type.py"
    )
    # Read, not imported: its protocol buffers and Pulumi's cannot be loaded together.
    text = Path(str(path)).read_text(encoding="utf-8")
    names = re.findall(r"^    (NVIDIA_\w+) = ", text, re.MULTILINE)
    known = {name.replace("_", "-").lower() for name in names}
    ours = {m.guest_accelerator for m in machines("gcp")}
    ours |= {a.gke_name for a in ACCELERATORS.values() if a.gke_name is not None}
    assert ours - known == {"nvidia-gb300"}


@pytest.mark.parametrize("name", ACCELERATORS)
def test_each_kind_is_carried(name: str) -> None:
    """Some machine carries it, a model may ask for it, and its parts fit on it."""
    kind = ACCELERATORS[name]
    assert any(m.accelerator == name for m in machines())
    assert name in get_args(Accelerator)
    assert re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", kind.kubernetes_label)
    for profile, part in kind.mig_profiles.items():
        assert part.memory_mib == int(profile.split(".")[1].removesuffix("gb")) * 1024
        # The sizes in names are rounded.
        assert part.per_gpu * part.memory_mib <= kind.memory_mib * 1.03


def test_labels_are_of_one_kind_each() -> None:
    by_label: dict[str, list[str]] = defaultdict(list)
    for kind in ACCELERATORS.values():
        by_label[kind.kubernetes_label].append(kind.name)
    assert not {label: names for label, names in by_label.items() if len(names) > 1}


@pytest.mark.parametrize("machine", machines(), ids=lambda m: f"{m.name}-{m.accelerator_count}")
def test_figures_of_a_machine_are_plausible(machine: Any) -> None:  # noqa: ANN401 - a MachineType
    """Nothing is 0 that is unknown, and what is told apart has a reason."""
    assert machine.accelerator in ACCELERATORS
    assert machine.accelerator_count in {1, 2, 4, 8, 16}
    assert machine.vcpu >= 4
    assert machine.memory_mib >= 1024 * machine.vcpu
    assert machine.price_usd_per_hour is None or machine.price_usd_per_hour > 0.1
    assert (machine.fabric.interconnect == "none") == (machine.fabric.interfaces == 0)
    assert bool(machine.local_ssd_disks) == (machine.cloud == "gcp")
    assert bool(machine.guest_accelerator) == (machine.cloud == "gcp")
    regions = regions_of(machine)
    if regions is not None and machine.price_usd_per_hour is not None:
        assert SOURCES[machine.cloud].region in regions
