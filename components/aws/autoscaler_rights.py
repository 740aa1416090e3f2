"""What an autoscaler of EKS may do: on its own cluster's groups and machines, and nowhere else."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from components.aws import iam
from components.aws.place import Place

__all__ = ["cluster_autoscaler", "karpenter"]

_OWNED: Final = "owned"
_MADE: Final = (
    *("fleet", "instance", "launch-template", "network-interface"),
    *("spot-instances-request", "volume"),
)
_READ: Final = ("capacity-reservation", "placement-group", "security-group", "subnet")
_NODE_POOL: Final = "karpenter.sh/nodepool"
_CLUSTER_TAG: Final = "eks:eks-cluster-name"


def cluster_autoscaler(place: Place, cluster: str) -> str:
    """Reading everywhere, for which AWS knows no narrower right; changing the cluster's groups.

    EKS tags the groups of its node groups itself.
    https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md
    """
    groups = place.arn("eks", f"nodegroup/{cluster}/*/*")
    return iam.document(
        iam.allow(
            "ReadGroupsAndTypes",
            [
                "autoscaling:DescribeAutoScalingGroups",
                "autoscaling:DescribeAutoScalingInstances",
                "autoscaling:DescribeLaunchConfigurations",
                "autoscaling:DescribeScalingActivities",
                "autoscaling:DescribeTags",
                "ec2:DescribeImages",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeLaunchTemplateVersions",
                "ec2:GetInstanceTypesFromInstanceRequirements",
            ],
            ["*"],
        ),
        iam.allow("ReadNodeGroups", ["eks:DescribeNodegroup"], [groups]),
        iam.allow(
            "ScaleGroupsOfTheCluster",
            ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
            [place.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*")],
            {"StringEquals": {f"aws:ResourceTag/k8s.io/cluster-autoscaler/{cluster}": _OWNED}},
        ),
    )


def karpenter(
    place: Place,
    cluster: str,
    *,
    node_roles: Sequence[str],
    queues: Sequence[str],
    keys: Sequence[str],
) -> str:
    """Launching and ending machines that it has tagged as the cluster's, with these roles alone.

    Instance profiles are made with the pools, so it makes none.
    https://karpenter.sh/docs/reference/cloudformation/
    """
    return iam.document(
        *_launching(place, cluster),
        *_tagging(place, cluster),
        iam.allow(
            "EndOwnMachines",
            ["ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"],
            [_ec2(place, kind) for kind in ("instance", "launch-template")],
            _own("aws:ResourceTag", cluster),
        ),
        iam.allow(
            "PassNodeRoles",
            ["iam:PassRole"],
            node_roles,
            {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        ),
        *_reading(place, cluster),
        *([iam.allow("HearOfInterruptions", _QUEUE, queues)] if queues else []),
        *_disks(place, keys),
    )


_QUEUE: Final = ("sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage")


def _launching(place: Place, cluster: str) -> list[dict[str, Any]]:
    launch = ["ec2:CreateFleet", "ec2:RunInstances"]
    images = [
        f"arn:{place.partition}:ec2:{place.region}::{kind}/*" for kind in ("image", "snapshot")
    ]
    return [
        iam.allow("LaunchWith", launch, [*images, *(_ec2(place, kind) for kind in _READ)]),
        iam.allow(
            "LaunchFromOwnTemplates",
            launch,
            [_ec2(place, "launch-template")],
            _own("aws:ResourceTag", cluster),
        ),
        iam.allow(
            "LaunchAsTheClusters",
            [*launch, "ec2:CreateLaunchTemplate"],
            [_ec2(place, kind) for kind in _MADE],
            _own("aws:RequestTag", cluster, {f"aws:RequestTag/{_CLUSTER_TAG}": cluster}),
        ),
    ]


def _tagging(place: Place, cluster: str) -> list[dict[str, Any]]:
    actions = ["CreateFleet", "CreateLaunchTemplate", "RunInstances"]
    more = {f"aws:RequestTag/{_CLUSTER_TAG}": cluster, "ec2:CreateAction": actions}
    kept = {
        **_own("aws:ResourceTag", cluster),
        "StringEqualsIfExists": {f"aws:RequestTag/{_CLUSTER_TAG}": cluster},
        "ForAllValues:StringEquals": {
            "aws:TagKeys": [_CLUSTER_TAG, "karpenter.sh/nodeclaim", "Name"]
        },
    }
    return [
        iam.allow(
            "TagWhatItMakes",
            ["ec2:CreateTags"],
            [_ec2(place, kind) for kind in _MADE],
            _own("aws:RequestTag", cluster, more),
        ),
        iam.allow("NameOwnMachines", ["ec2:CreateTags"], [_ec2(place, "instance")], kept),
    ]


def _reading(place: Place, cluster: str) -> list[dict[str, Any]]:
    profiles = f"arn:{place.partition}:iam::{place.account_id}:instance-profile/*"
    parameters = f"arn:{place.partition}:ssm:{place.region}::parameter/aws/service/*"
    return [
        iam.allow(
            "ReadMachines",
            [
                "ec2:DescribeCapacityReservations",
                "ec2:DescribeImages",
                "ec2:DescribeInstanceStatus",
                "ec2:DescribeInstanceTypeOfferings",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeInstances",
                "ec2:DescribeLaunchTemplates",
                "ec2:DescribePlacementGroups",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSpotPriceHistory",
                "ec2:DescribeSubnets",
            ],
            ["*"],
            {"StringEquals": {"aws:RequestedRegion": place.region}},
        ),
        iam.allow("ReadImagesOfAws", ["ssm:GetParameter"], [parameters]),
        iam.allow("ReadPrices", ["pricing:GetProducts"], ["*"]),
        iam.allow(
            "ReadProfiles", ["iam:GetInstanceProfile", "iam:ListInstanceProfiles"], [profiles]
        ),
        iam.allow(
            "FindTheCluster", ["eks:DescribeCluster"], [place.arn("eks", f"cluster/{cluster}")]
        ),
    ]


def _disks(place: Place, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Who launches a machine with an encrypted disk needs the key.

    https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
    """
    if not keys:
        return []
    via = {"StringEquals": {"kms:ViaService": f"ec2.{place.region}.amazonaws.com"}}
    grants = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    use = ["kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom"]
    return [
        iam.allow("EncryptDisks", [*use, "kms:ReEncryptTo"], keys, via),
        iam.allow("GrantDisks", ["kms:CreateGrant"], keys, grants),
    ]


def _own(side: str, cluster: str, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Tagged as the cluster's, by Karpenter."""
    return {
        "StringEquals": {f"{side}/kubernetes.io/cluster/{cluster}": _OWNED, **(more or {})},
        "StringLike": {f"{side}/{_NODE_POOL}": "*"},
    }


def _ec2(place: Place, kind: str) -> str:
    return place.arn("ec2", f"{kind}/*")
