"""What fits on SageMaker's instances, from both sides of each boundary."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.inference_components import Copy, component_name, misfit, most_on_one, room


@pytest.mark.parametrize(
    ("instance_type", "has"),
    [
        ("ml.m5.large", Copy(2, 8192, 0)),
        ("ml.c5.9xlarge", Copy(36, 73_728, 0)),
        ("ml.c4.2xlarge", Copy(8, 15_360, 0)),
        ("ml.r8g.medium", Copy(1, 8192, 0)),
        ("ml.t2.medium", Copy(2, 4096, 0)),
        ("ml.g5.12xlarge", Copy(48, 196_608, 4)),
        ("ml.inf2.xlarge", None),
    ],
)
def test_what_an_instance_has(instance_type: str, has: Copy | None) -> None:
    assert room(instance_type) == has


@pytest.mark.parametrize(
    ("models", "instances", "told"),
    [
        ({"a": (Copy(0, 8192, 0), 1)}, 1, None),
        ({"a": (Copy(0, 8193, 0), 1)}, 9, "one copy of a needs 8193 MiB"),
        ({"a": (Copy(0, 4096, 0), 2)}, 1, None),
        ({"a": (Copy(0, 4097, 0), 2)}, 1, "2 copies of a need 2 instances: 1 is on one"),
        ({"a": (Copy(1, 128, 0), 4)}, 2, None),
        ({"a": (Copy(1, 128, 0), 5)}, 2, "5 copies of a need 3 instances: 2 are on one"),
        ({"a": (Copy(0, 4096, 0), 1), "b": (Copy(0, 4096, 0), 1)}, 1, None),
        (
            {"a": (Copy(0, 4096, 0), 1), "b": (Copy(0, 4097, 0), 1)},
            1,
            "a, b need 8193 MiB together, and 1 ml.m5.large have 8192",
        ),
        ({"a": (Copy(0, 128, 1), 1)}, 1, "1 GPUs, and ml.m5.large has"),
    ],
)
def test_what_does_not_fit(
    models: dict[str, tuple[Copy, int]], instances: int, told: str | None
) -> None:
    found = misfit(models, "ml.m5.large", instances)
    assert (found is None) == (told is None)
    assert told is None or told in str(found)


def test_what_is_not_known_is_not_judged() -> None:
    assert misfit({"a": (Copy(0, 10**9, 0), 1)}, "ml.inf2.xlarge", 1) is None
    assert most_on_one(Copy(0, 128, 0), "ml.inf2.xlarge") is None


@given(
    st.builds(Copy, st.sampled_from([0.0, 0.25, 1.0]), st.integers(128, 8192), st.just(0)),
    st.integers(1, 40),
    st.integers(1, 8),
)
def test_one_model_alone_fits_exactly_where_its_copies_do(
    copy: Copy, count: int, instances: int
) -> None:
    on_one = most_on_one(copy, "ml.m5.large")
    assert on_one is not None
    fits = misfit({"a": (copy, count)}, "ml.m5.large", instances) is None
    assert fits == (on_one * instances >= count)


def test_a_component_on_a_shared_endpoint_begins_with_its_name() -> None:
    assert component_name("churn", "dev", None) == "churn-dev"
    assert component_name("churn", "dev", "pool-dev") == "pool-dev-churn"
