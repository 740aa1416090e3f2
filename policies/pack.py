"""All rules, family by family. What is not in this tuple does not exist."""

from typing import Final

from policies import (
    access,
    clusters,
    cost_and_tags,
    exemption_rules,
    gpu_turns,
    latency,
    machines,
    nodes,
    pinning,
    resources,
    security,
)
from policies.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    *resources.RULES,
    *machines.RULES,
    *cost_and_tags.RULES,
    *latency.RULES,
    *gpu_turns.RULES,
    *access.RULES,
    *pinning.RULES,
    *security.RULES,
    *clusters.RULES,
    *nodes.RULES,
    *exemption_rules.RULES,
)
