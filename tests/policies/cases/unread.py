"""Cases of the rule about resources that no other rule reads."""

import json
from typing import Any

from tests.policies.cases.table import UNKNOWN, Case

UNREAD = "resources/unread"
CLOUD_CONTROL = "aws:cloudcontrol/resource:Resource"
COMPONENT = "AWS::SageMaker::InferenceComponent"
OF_A_MODEL = {"ModelName": "fraud"}
OWN = {"Container": {"Image": "server:latest"}}


def controlled(name: object, **state: object) -> dict[str, Any]:
    return {"typeName": name, "desiredState": json.dumps(state)}


CASES = (
    Case(
        UNREAD,
        "a bucket of Cloud Control",
        CLOUD_CONTROL,
        controlled("AWS::S3::Bucket"),
        ("typeName",),
        says="found AWS::S3::Bucket",
    ),
    Case(UNREAD, "an absent name", CLOUD_CONTROL, {}),
    Case(UNREAD, "an unknown name", CLOUD_CONTROL, controlled(UNKNOWN)),
    Case(
        UNREAD,
        "a component of a model",
        CLOUD_CONTROL,
        controlled(COMPONENT, Specification=OF_A_MODEL),
    ),
    Case(
        UNREAD,
        "a component with a container of its own",
        CLOUD_CONTROL,
        controlled(COMPONENT, Specification=OWN),
        ("desiredState",),
    ),
    Case(
        UNREAD,
        "the second machine's container",
        CLOUD_CONTROL,
        controlled(COMPONENT, Specifications=[OF_A_MODEL, OWN]),
        ("desiredState",),
    ),
    Case(
        UNREAD,
        "a component of an unknown state",
        CLOUD_CONTROL,
        {"typeName": COMPONENT, "desiredState": UNKNOWN},
    ),
    Case(
        UNREAD,
        "a component that is not allowed",
        CLOUD_CONTROL,
        controlled(COMPONENT, Specification=OF_A_MODEL),
        ("typeName",),
        settings={"allowed": []},
    ),
    Case(UNREAD, "a stack of templates", "aws:cloudformation/stack:Stack", {}, ("",)),
    Case(UNREAD, "a deployment of Azure", "azure-native:resources:Deployment", {}, ("",)),
    Case(UNREAD, "an older one", "azure-native:resources/v20220901:Deployment", {}, ("",)),
    Case(UNREAD, "a group of Azure", "azure-native:resources:ResourceGroup", {}),
    Case(UNREAD, "another provider", "aws-native:s3:Bucket", {}, ("",)),
    Case(UNREAD, "the former one of Azure", "azure:storage/account:Account", {}, ("",)),
    Case(UNREAD, "a provider of Terraform's", "google:index/bucket:Bucket", {}, ("",)),
    Case(UNREAD, "one of a name that is ours", "aws:index/s3Bucket:S3Bucket", {}, ("",)),
    Case(UNREAD, "the provider itself", "aws:s3/bucket:Bucket", {}),
    Case(UNREAD, "another thing", "random:index/randomId:RandomId", {}),
    Case(
        UNREAD,
        "an allowed package",
        "aws-native:s3:Bucket",
        {},
        settings={"allowed": ["aws-native:s3:*"]},
    ),
)
