"""The id that a resource has by its inputs, where its type makes it of them.

A creation that nobody saw end has inputs, automatic names among them, and no id. Most vendors let
the caller name things, and the id is made of that; what a vendor numbers itself (a network, a key)
has an id that nobody here can know.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, cast

from delivery.recovery.azure_paths import PATHS
from delivery.recovery.texts import texts

__all__ = ["id_of", "surroundings"]

# The `Import` sections of https://www.pulumi.com/registry/packages/aws/api-docs/, and where state
# has another id than an import takes, the `SetId` of terraform-provider-aws.
_AWS: Final = {
    "apigatewayv2/domainName:DomainName": "{domainName}",
    "apigatewayv2/stage:Stage": "{name}",
    "appautoscaling/policy:Policy": "{name}",
    "appautoscaling/scheduledAction:ScheduledAction": "{name}-{serviceNamespace}-{resourceId}",
    "appautoscaling/target:Target": "{resourceId}",
    "autoscaling/tag:Tag": "{autoscalingGroupName},{tag.key}",
    "cloudwatch/compositeAlarm:CompositeAlarm": "{alarmName}",
    "cloudwatch/dashboard:Dashboard": "{dashboardName}",
    "cloudwatch/eventRule:EventRule": "{name}",
    "cloudwatch/eventTarget:EventTarget": "{rule}-{targetId}",
    "cloudwatch/logGroup:LogGroup": "{name}",
    "cloudwatch/metricAlarm:MetricAlarm": "{name}",
    "codedeploy/deploymentConfig:DeploymentConfig": "{deploymentConfigName}",
    "ec2/placementGroup:PlacementGroup": "{name}",
    "eks/accessEntry:AccessEntry": "{clusterName}:{principalArn}",
    "eks/accessPolicyAssociation:AccessPolicyAssociation": (
        "{clusterName}#{principalArn}#{policyArn}"
    ),
    "eks/addon:Addon": "{clusterName}:{addonName}",
    "eks/cluster:Cluster": "{name}",
    "eks/nodeGroup:NodeGroup": "{clusterName}:{nodeGroupName}",
    "iam/instanceProfile:InstanceProfile": "{name}",
    "iam/role:Role": "{name}",
    "iam/rolePolicy:RolePolicy": "{role}:{name}",
    "iam/rolePolicyAttachment:RolePolicyAttachment": "{role}/{policyArn}",
    "kms/alias:Alias": "{name}",
    "lambda/alias:Alias": "arn:{aws}:lambda:{region}:{account}:function:{functionName}:{name}",
    "lambda/function:Function": "{name}",
    "lambda/functionRecursionConfig:FunctionRecursionConfig": "{functionName}",
    "lambda/permission:Permission": "{statementId}",
    "lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": (
        "{functionName},{qualifier}"
    ),
    "s3/bucket:Bucket": "{bucket}",
    "sagemaker/dataQualityJobDefinition:DataQualityJobDefinition": "{name}",
    "sagemaker/endpoint:Endpoint": "{name}",
    "sagemaker/endpointConfiguration:EndpointConfiguration": "{name}",
    "sagemaker/model:Model": "{name}",
    "sagemaker/monitoringSchedule:MonitoringSchedule": "{name}",
    "scheduler/schedule:Schedule": "{groupName}/{name}",
    "sqs/queue:Queue": "https://sqs.{region}.amazonaws.com/{account}/{name}",
}
_PART: Final = re.compile(r"\{+([\w.]+)\}+")
# A whole id of Google's; in front of it may be the service's address, as in a `selfLink`.
_WHOLE: Final = re.compile(r"projects/[^/]+/")
_HOST: Final = re.compile(r"^https://.*?/(?=projects/[^/]+/)")
# Not in Google's documentation, or written there otherwise than in state.
_GOOGLE: Final = {
    "serviceaccount/account:Account": (
        "projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com"
    ),
    "logging/metric:Metric": "{name}",
    "compute/routerNat:RouterNat": "{project}/{region}/{router}/{name}",
    "container/nodePool:NodePool": (
        "projects/{project}/locations/{location}/clusters/{cluster}/nodePools/{name}"
    ),
    "dns/recordSet:RecordSet": (
        "projects/{project}/managedZones/{managedZone}/rrsets/{name}/{type}"
    ),
    "monitoring/customService:CustomService": "projects/{project}/services/{serviceId}",
    "monitoring/slo:Slo": "projects/{project}/services/{service}/serviceLevelObjectives/{sloId}",
    "projects/iAMCustomRole:IAMCustomRole": "projects/{project}/roles/{roleId}",
}


def id_of(record: Mapping[str, Any], resources: Iterable[Mapping[str, Any]]) -> str | None:
    """The id of what a pending creation makes; None where it is the vendor's to choose.

    Args:
        record: the resource of a pending operation.
        resources: of the state, for what providers and neighbours say of account and place.
    """
    package, _, kind = str(record["type"]).partition(":")
    inputs = cast("Mapping[str, Any]", record.get("inputs") or {})
    if package == "kubernetes":
        return _kubernetes(inputs)
    known = list(resources)
    around = surroundings(package, record, known)
    if package == "aws":
        return _filled(_AWS.get(kind), inputs, around)
    if package == "azure-native":
        return _azure(kind, inputs, around)
    if package == "gcp":
        return _google(kind, inputs, around)
    return None


def _kubernetes(inputs: Mapping[str, Any]) -> str | None:
    told = inputs.get("metadata")
    metadata: Mapping[str, Any] = (
        cast("Mapping[str, Any]", told) if isinstance(told, Mapping) else {}
    )
    name, namespace = metadata.get("name"), metadata.get("namespace")
    if not isinstance(name, str) or not name:
        return None
    return f"{namespace}/{name}" if isinstance(namespace, str) and namespace else name


def _azure(kind: str, inputs: Mapping[str, Any], around: Mapping[str, str]) -> str | None:
    # A version of the API may be in the token: azure-native:web/v20240401:WebApp.
    module, _, name = kind.partition(":")
    template = PATHS.get(f"{module.partition('/')[0]}:{name}")
    found = _filled(template, inputs, around)
    # A scope begins with its own slash.
    return found.replace("//", "/") if found else None


def _google(kind: str, inputs: Mapping[str, Any], around: Mapping[str, str]) -> str | None:
    template = _GOOGLE.get(kind) or _documented(kind) or ""
    # An input may be a whole id, as a pool's cluster: then that says where all of it is, and what
    # stands before it (a location, which such a pool has not) is not asked for. By the input, not
    # by the text: a project's own id may end in `projects`, and a name may have that in it.
    if template.startswith("projects/"):
        whole = [each for each in _PART.finditer(template) if _is_whole(_value(inputs, each[1]))]
        template = template[whole[-1].start() :] if whole else template
    found = _filled(template, inputs, around)
    return _HOST.sub("", found) if found else None


def _is_whole(value: object) -> bool:
    return isinstance(value, str) and bool(_WHOLE.match(_HOST.sub("", value)))


def _value(inputs: Mapping[str, Any], path: str) -> object:
    value: Any = inputs
    for step in path.split("."):
        value = cast("Any", value).get(step) if isinstance(value, Mapping) else None
    return value


def _filled(
    template: str | None, inputs: Mapping[str, Any], around: Mapping[str, str]
) -> str | None:
    if not template:
        return None
    missing = False

    def part(found: re.Match[str]) -> str:
        nonlocal missing
        value = _value(inputs, found[1])
        value = around.get(found[1]) if value is None else value
        if not isinstance(value, str) or not value:
            missing = True
        return str(value)

    text = _PART.sub(part, template)
    return None if missing else text


def surroundings(
    package: str, record: Mapping[str, Any], resources: list[Mapping[str, Any]]
) -> dict[str, str]:
    """Account, region, project or subscription: of its provider, else of its neighbours' ids."""
    provider = str(record.get("provider", "")).rpartition("::")[0]
    found: dict[str, str] = {}
    for each in resources:
        if each.get("urn") == provider:
            inputs = cast("Mapping[str, Any]", each.get("inputs") or {})
            found = {key: value for key, value in inputs.items() if isinstance(value, str)}
    alike = [each for each in resources if each.get("provider") == record.get("provider")]
    if package == "azure-native":
        pattern, names = re.compile(r'"/subscriptions/([^/"]+)/'), ("subscriptionId",)
    elif package == "aws":
        pattern = re.compile(r'"arn:([a-z-]+):[a-z0-9-]+:[a-z0-9-]*:(\d{12}):')
        names = ("aws", "account")
    else:
        return found
    for each in alike:
        for text in texts([each.get("id"), each.get("outputs")]):
            if match := pattern.match(f'"{text}'):
                return dict(zip(names, match.groups(), strict=True)) | found
    return found


@cache
def _documented(kind: str) -> str | None:
    """The first format that Google's documentation says an import takes, which is the id.

    Read as text from the installed SDK: importing it takes seconds.
    """
    module = kind.partition(":")[0]
    folder, _, name = module.partition("/")
    spec = find_spec("pulumi_gcp")
    if spec is None or not spec.submodule_search_locations:
        return None
    file = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    path = Path(next(iter(spec.submodule_search_locations))) / folder / f"{file}.py"
    try:
        text = path.read_text(encoding="utf-8").partition("## Import")[2][:4000]
    except OSError:
        return None
    found = re.search(r"\* `([^`\s]*\{\{[^`\s]*)`", text)
    if found is None:
        return None
    # `{{project_id}}` and `{{cluster_id}}` are what inputs call project and name.
    kept = _PART.sub(lambda part: f"{{{_input(part[1], found[1])}}}", found[1])
    return kept.replace("{{", "{").replace("}}", "}")


def _input(part: str, template: str) -> str:
    if part == "project_id":
        return "project"
    if part == "cluster_id" and template.endswith("{{cluster_id}}"):
        return "name"
    words = part.split("_")
    return words[0] + "".join(word.capitalize() for word in words[1:])
