"""Security: encrypted, keys that are rotated, and no secret in plain text."""

import re
from typing import Final

from policies import machine_types
from policies.artifacts import HARMLESS_VALUE, SECRET_NAME, is_secret, variables
from policies.documents import allowing
from policies.machines import instance_types
from policies.pods import POD_TYPES
from policies.properties import Fault
from policies.resource_types import (
    CONFIG_MAP,
    ENDPOINT_CONFIGURATION,
    FUNCTION,
    GOOGLE_KEY,
    KARPENTER_NODE_CLASS,
    KMS_KEY,
    LAUNCH_TEMPLATE,
    MODEL,
)
from policies.rule import Faults, NoSettings, Severity, Unknown, resource_rule
from policies.tokens import fold
from policies.view import View

_CONFIG_MAP: Final = fold(CONFIG_MAP)


@resource_rule(
    "security/endpoint-kms",
    severity=Severity.HIGH,
    types=(ENDPOINT_CONFIGURATION,),
    fix="Set kmsKeyArn to a key of your own.",
    unknown=Unknown.REST,
    settings=NoSettings,
    checkov=("CKV_AWS_98",),
)
def endpoint_kms(view: View, _settings: NoSettings) -> Faults:
    """An endpoint's volume is not encrypted by a key of your own.

    Serverless variants have no volume. Instance types with local NVMe refuse a key, and one of them
    refuses it for the whole configuration:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
    """
    key = view.get("kmsKeyArn")
    if not key.absent:
        return
    places = [place for place in instance_types(view) if place.text() is not None]
    if places and all(_takes_key(str(place.raw)) for place in places):
        yield key.fault(f"the ARN of a KMS key: {places[0].shown} has an EBS volume")


def _takes_key(instance_type: str) -> bool:
    fact = machine_types.known(instance_type)
    if fact is not None:
        return not fact.nvme_only
    return not machine_types.is_accelerated(instance_type) and not _has_local_disk(instance_type)


def _has_local_disk(instance_type: str) -> bool:
    """Families with a `d` after the generation carry local NVMe: c5d, m6gd, r5dn."""
    family = instance_type.removeprefix("ml.").split(".")[0]
    return re.fullmatch(r"[a-z]+\d+[a-ce-z]*d[a-z]*", family) is not None


@resource_rule(
    "security/imds-v1",
    severity=Severity.HIGH,
    types=(LAUNCH_TEMPLATE, KARPENTER_NODE_CLASS),
    fix="Set metadataOptions.httpTokens to required, and httpPutResponseHopLimit to at most 2.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AWS_79", "CKV_AWS_341"),
    remedies={"httpTokens": "required", "httpPutResponseHopLimit": 2},
)
def imds_v1(view: View, _settings: NoSettings) -> Faults:
    """Machines answer the first version of the metadata service, which any request forgery can ask.

    Absent means optional in a launch template, required with Karpenter. A hop limit above 2 lets
    pods behind another network reach the node's role: https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html
    """
    is_template = view.token == LAUNCH_TEMPLATE
    options = view.get("metadataOptions") if is_template else view.get("spec", "metadataOptions")
    found = options.items()
    if options.absent and is_template:
        yield options.get("httpTokens").fault("required")
    for place in found:
        if place.get("httpEndpoint").raw == "disabled":
            continue
        tokens = place.get("httpTokens")
        unsaid = tokens.absent and is_template
        if unsaid or (tokens.text() or "required") != "required":
            yield tokens.fault("required")
        hops = place.get("httpPutResponseHopLimit")
        if (hops.number() or 1) > 2:  # noqa: PLR2004 - one hop for the node, one for its pods.
            yield hops.fault("1 or 2")


@resource_rule(
    "security/kms-rotation",
    severity=Severity.MEDIUM,
    types=(KMS_KEY, GOOGLE_KEY),
    fix="Set enableKeyRotation to true, or rotationPeriod (Google Cloud).",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AWS_7", "CKV_AWS_33", "CKV_GCP_43"),
    remedies={"enableKeyRotation": True},
)
def kms_rotation(view: View, _settings: NoSettings) -> Faults:
    """A key is never rotated, or its policy lets everybody use it.

    Asymmetric, HMAC and custom-store keys cannot rotate by themselves:
    https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html, and in Google Cloud only
    those that encrypt and decrypt: https://cloud.google.com/kms/docs/key-rotation
    """
    if view.token == GOOGLE_KEY:
        purpose, period = view.get("purpose"), view.get("rotationPeriod")
        if period.absent and (purpose.absent or purpose.text() == "ENCRYPT_DECRYPT"):
            yield period.fault("a period, such as 7776000s")
        return
    spec = view.get("customerMasterKeySpec")
    symmetric = spec.raw == "SYMMETRIC_DEFAULT" or spec.absent
    rotation = view.get("enableKeyRotation")
    rotated = not rotation.absent and rotation.flag() is not False
    if symmetric and view.get("customKeyStoreId").absent and not rotated:
        yield rotation.fault("true")
    for statement in allowing(view.get("policy")):
        if "*" in statement.principals and not statement.content.get("Condition"):
            found = f"{statement.where}: Principal *"
            yield statement.place.fault("named principals, or a Condition", found)


@resource_rule(
    "security/plaintext-secret",
    severity=Severity.CRITICAL,
    types=(*POD_TYPES, CONFIG_MAP, MODEL, FUNCTION),
    fix="Refer to a secret store: secretKeyRef in a pod, the secret's ARN in a function.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AWS_45",),
)
def plaintext_secret(view: View, _settings: NoSettings) -> Faults:
    """A password, key or token stands in an environment variable, or in a ConfigMap.

    Whoever may describe the resource reads it. A secret of Pulumi's own is one too: it is plain
    text where it arrives. The value is never printed.
    """
    for named, place in variables(view):
        name = named.text() or ""
        # Asked in this order: an unknown value is noted as not judged.
        if place.absent or place.unknown:
            continue
        value = str(place.raw)
        # A file in a ConfigMap that is called credentials may say where they are.
        is_file = "\n" in value or value.lstrip().startswith("{")
        by_name = SECRET_NAME.search(name) and not HARMLESS_VALUE.fullmatch(value)
        by_name = by_name and not (is_file and view.token == _CONFIG_MAP)
        if by_name or is_secret(value):
            where = "[secret]" if named.secret else name
            yield Fault(place.path, f"a secret in {where}", "a reference to a secret store")


RULES = (
    endpoint_kms,
    imds_v1,
    kms_rotation,
    plaintext_secret,
)
