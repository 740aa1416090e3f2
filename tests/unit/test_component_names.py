import re

from hypothesis import given
from hypothesis import strategies as st

from stacks.targets.component_names import component_name

# What AWS lets a cluster be called.
_CLUSTERS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", fullmatch=True)


def test_what_can_be_a_name_is_one() -> None:
    assert component_name("serving-dev", "karpenter") == "serving-dev-karpenter"
    assert component_name("c" * 30, "karpenter") == "c" * 30 + "-karpenter"
    assert component_name("c" * 31, "karpenter") != "c" * 31 + "-karpenter"


@given(_CLUSTERS, _CLUSTERS)
def test_a_cluster_of_any_name_has_one_of_its_own(one: str, other: str) -> None:
    found = component_name(one, "autoscaler")
    assert re.fullmatch(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", found)
    assert found == component_name(one, "autoscaler")
    assert (found == component_name(other, "autoscaler")) == (one == other)
