"""Every case of every rule, family by family."""

from tests.policies.cases import (
    access,
    clusters,
    cost_and_tags,
    gpu_turns,
    karpenter_pool,
    latency,
    nodes,
    pinning,
    pools,
    resources,
    security,
)
from tests.policies.cases.table import Case

CASES: tuple[Case, ...] = (
    *resources.CASES,
    *pools.CASES,
    *karpenter_pool.CASES,
    *cost_and_tags.CASES,
    *latency.CASES,
    *gpu_turns.CASES,
    *access.CASES,
    *pinning.CASES,
    *security.CASES,
    *clusters.CASES,
    *nodes.CASES,
)
