"""All rules, family by family. What is not in this tuple does not exist."""

from typing import Final

from policies import (
    access,
    alarm_rules,
    cloud_roles,
    clusters,
    cost_and_tags,
    exemption_rules,
    firewalls,
    invokers,
    latency,
    machines,
    nodes,
    object_stores,
    payloads,
    pinning,
    pod_security,
    probes,
    public_access,
    resources,
    roles,
    sagemaker_network,
    security,
    time_slicing,
)
from policies.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    *resources.RULES,
    *probes.RULES,
    *machines.RULES,
    *cost_and_tags.RULES,
    *latency.RULES,
    *time_slicing.RULES,
    *access.RULES,
    *invokers.RULES,
    *cloud_roles.RULES,
    *object_stores.RULES,
    *pinning.RULES,
    *security.RULES,
    *pod_security.RULES,
    *payloads.RULES,
    *clusters.RULES,
    *nodes.RULES,
    *roles.RULES,
    *firewalls.RULES,
    *public_access.RULES,
    *sagemaker_network.RULES,
    *alarm_rules.RULES,
    *exemption_rules.RULES,
)
