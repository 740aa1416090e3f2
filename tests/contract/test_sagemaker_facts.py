"""What facts say of SageMaker's machines, held against its API model and EC2's lists."""

import pytest

from facts import sagemaker
from facts.machines.ec2 import EC2_GPU_INSTANCE_TYPES
from tests.contract.test_gpu_machines import enumerated


@pytest.mark.parametrize(
    ("known", "shape"),
    [
        (sagemaker.HOSTING, "ProductionVariantInstanceType"),
        (sagemaker.TRANSFORM, "TransformInstanceType"),
    ],
)
def test_instance_types_are_those_of_the_api(known: tuple[str, ...], shape: str) -> None:
    """The lists are whole, and name nothing twice."""
    assert set(known) == set(enumerated("sagemaker", shape))
    assert len(known) == len(set(known))


def test_types_for_many_models_are_hosted() -> None:
    """Each of them has a GPU."""
    for kind in sagemaker.MULTI_MODEL_GPU:
        assert kind in sagemaker.HOSTING
        assert sagemaker.gpus(kind)


def test_cores_are_those_of_ec2() -> None:
    """Of all types that both lists have."""
    both = {f"ml.{name}": found for name, found in EC2_GPU_INSTANCE_TYPES.items()}
    counted = {kind: sagemaker.cores(kind) for kind in both.keys() & set(sagemaker.HOSTING)}
    assert counted == {kind: both[kind].vcpu for kind in counted}


@pytest.mark.parametrize(
    ("kind", "cores"),
    [
        ("ml.t2.medium", 2),
        ("ml.t2.2xlarge", 8),
        ("ml.m5.large", 2),
        ("ml.c8g.medium", 1),
        ("ml.c5.9xlarge", 36),
        ("ml.c4.8xlarge", 36),
        ("ml.inf1.6xlarge", 24),
    ],
)
def test_cores_of_types_without_gpus(kind: str, cores: int) -> None:
    """As https://aws.amazon.com/ec2/instance-types/ has them."""
    assert sagemaker.cores(kind) == cores


@pytest.mark.parametrize(
    ("kind", "local"),
    [
        ("ml.m5.large", False),
        ("ml.m5d.large", True),
        ("ml.c5d.large", True),
        ("ml.r7gd.medium", True),
        ("ml.g4dn.xlarge", True),
        ("ml.g5.xlarge", True),
        ("ml.p3.2xlarge", False),
        ("ml.inf2.xlarge", False),
        ("ml.trn1.2xlarge", True),
    ],
)
def test_disks_of_their_own(kind: str, *, local: bool) -> None:
    """A volume key is refused by those that have them."""
    assert sagemaker.has_local_disks(kind) == local


def test_a_d_in_the_name_is_a_disk() -> None:
    """EC2's naming: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html."""
    named = {
        sagemaker.family(kind)
        for kind in sagemaker.HOSTING
        if sagemaker.family(kind)[2:].rstrip("n").endswith("d")
    }
    assert named <= sagemaker.LOCAL_DISKS


@pytest.mark.parametrize(
    ("meant", "near"),
    [
        ("m5.large", "ml.m5.large"),
        ("ml.M5.Large", "ml.m5.large"),
        ("ml.m7g.large", "ml.m8g.large"),
        ("Standard_D4s_v5", ""),
    ],
)
def test_what_is_nearest(meant: str, near: str) -> None:
    """Spelled alike, or nothing."""
    assert sagemaker.nearest(meant) == near
