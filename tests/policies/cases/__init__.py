"""Every case of every rule, family by family."""

from tests.policies.cases import (
    access,
    clusters,
    cost_and_tags,
    karpenter_pool,
    latency,
    nodes,
    payloads,
    pinning,
    pools,
    resources,
    security,
    time_slicing,
)
from tests.policies.cases.table import Case

CASES: tuple[Case, ...] = (
    *resources.CASES,
    *pools.CASES,
    *karpenter_pool.CASES,
    *cost_and_tags.CASES,
    *latency.CASES,
    *time_slicing.CASES,
    *access.CASES,
    *pinning.CASES,
    *security.CASES,
    *payloads.CASES,
    *clusters.CASES,
    *nodes.CASES,
)
