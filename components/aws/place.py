"""Where a program's AWS provider works, as ARNs have it."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

__all__ = ["Place", "place"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a program's AWS provider works."""

    partition: str
    dns_suffix: str
    region: str
    account_id: str

    def arn(self, service: str, what: str) -> str:
        """The ARN of what a service has here, there or not yet."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{what}"


def place(parent: pulumi.Resource) -> pulumi.Output[Place]:
    """Partition, DNS suffix, region and account, asked of the component's own provider."""
    lookup = pulumi.InvokeOptions(parent=parent)
    partition = aws.get_partition_output(opts=lookup)
    return pulumi.Output.all(
        partition.partition,
        partition.dns_suffix,
        aws.get_region_output(opts=lookup).region,
        aws.get_caller_identity_output(opts=lookup).account_id,
    ).apply(lambda known: Place(*known))
