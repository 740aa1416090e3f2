"""An EC2NodeClass as the launch template that Karpenter makes of it.

https://github.com/aws/karpenter-provider-aws, pkg/providers/launchtemplate
"""

import base64
from collections.abc import Mapping
from typing import Any, Final

from sandbox.values import listed, mapped
from tests.judges.scanners.plan import Made

__all__ = ["CLASS", "launch_template"]

CLASS: Final = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
# What the API server fills in where nothing is said (pkg/apis/v1/ec2nodeclass.go).
_METADATA: Final = {
    "httpEndpoint": "enabled",
    "httpPutResponseHopLimit": 1,
    "httpTokens": "required",
}
_DISK: Final = {
    "deleteOnTermination": "deleteOnTermination",
    "encrypted": "encrypted",
    "iops": "iops",
    "kmsKeyID": "kmsKeyId",
    "snapshotID": "snapshotId",
    "throughput": "throughput",
    "volumeType": "volumeType",
}


def launch_template(made: Made) -> Made:
    """The template, as far as the class says something of it."""
    spec = mapped(made.inputs.get("spec"))
    public = spec.get("associatePublicIPAddress")
    inputs: dict[str, Any] = {
        "metadataOptions": {**_METADATA, **mapped(spec.get("metadataOptions"))},
        "blockDeviceMappings": [
            _disk(mapped(each)) for each in listed(spec.get("blockDeviceMappings"))
        ],
    }
    terms = [mapped(each).get("id") for each in listed(spec.get("securityGroupSelectorTerms"))]
    groups = [each for each in terms if each is not None]
    # Without a word of the class the subnet decides.
    if public is None:
        inputs["vpcSecurityGroupIds"] = groups
    else:
        interface = {"associatePublicIpAddress": _flag(value=public), "securityGroups": groups}
        inputs["networkInterfaces"] = [interface]
    if user_data := spec.get("userData"):
        inputs["userData"] = base64.b64encode(str(user_data).encode()).decode()
    return Made(made.name, _TEMPLATE, inputs, made.answers)


def _disk(mapping: Mapping[str, Any]) -> dict[str, Any]:
    ebs = mapped(mapping.get("ebs"))
    given = {name: ebs[word] for word, name in _DISK.items() if word in ebs}
    flags = {name: _flag(value=value) for name, value in given.items() if isinstance(value, bool)}
    return {"deviceName": mapping.get("deviceName"), "ebs": {**given, **flags}}


def _flag(*, value: bool) -> str:
    return "true" if value else "false"
