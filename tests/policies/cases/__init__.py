"""Every case of every rule, family by family."""

from tests.policies.cases import (
    clusters,
    cost_and_tags,
    gpu_turns,
    latency,
    nodes,
    pools,
    resources,
    security,
)
from tests.policies.cases.table import Case

CASES: tuple[Case, ...] = (
    *resources.CASES,
    *pools.CASES,
    *cost_and_tags.CASES,
    *latency.CASES,
    *gpu_turns.CASES,
    *security.CASES,
    *clusters.CASES,
    *nodes.CASES,
)
