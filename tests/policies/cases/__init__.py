"""Every case of every rule, family by family."""

from tests.policies.cases import (
    access,
    cloud_roles,
    clusters,
    cost_and_tags,
    invokers,
    karpenter_pool,
    latency,
    nodes,
    object_stores,
    payloads,
    pinning,
    pod_security,
    pools,
    probes,
    resources,
    security,
    time_slicing,
)
from tests.policies.cases.table import Case

CASES: tuple[Case, ...] = (
    *resources.CASES,
    *probes.CASES,
    *pools.CASES,
    *karpenter_pool.CASES,
    *cost_and_tags.CASES,
    *latency.CASES,
    *time_slicing.CASES,
    *access.CASES,
    *invokers.CASES,
    *cloud_roles.CASES,
    *object_stores.CASES,
    *pinning.CASES,
    *security.CASES,
    *pod_security.CASES,
    *payloads.CASES,
    *clusters.CASES,
    *nodes.CASES,
)
