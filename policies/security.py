"""Security: least privilege, nothing public, encrypted, pinned."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from facts import tags
from policies import instances
from policies.artifacts import (
    COMMIT,
    DIGEST,
    HARMLESS_VALUE,
    MOVING,
    PINNED_URI,
    SECRET_NAME,
    SECRET_VALUE,
    VENDOR_IMAGE,
    artifacts,
    images,
    variables,
)
from policies.configuration import setting
from policies.cost_and_tags import MODEL
from policies.documents import BROAD, WITHOUT_RESOURCE, Statement, allowing
from policies.pods import POD_TYPES, pods
from policies.properties import Property
from policies.resources import (
    ENDPOINT_CONFIGURATION,
    FUNCTION,
    INFERENCE_SERVICE,
    LAUNCH_TEMPLATE,
)
from policies.rule import Faults, NoSettings, Severity, Unknown, resource_rule
from policies.view import View

ROLE: Final = "aws:iam/role:Role"
IDENTITY_POLICIES: Final = (
    "aws:iam/policy:Policy",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
    ROLE,
)
ATTACHMENTS: Final = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    ROLE,
)
FUNCTION_URL: Final = "aws:lambda/functionUrl:FunctionUrl"
PERMISSION: Final = "aws:lambda/permission:Permission"
ROUTE: Final = "aws:apigatewayv2/route:Route"
METHOD: Final = "aws:apigateway/method:Method"


def _documents(view: View) -> Iterator[Property]:
    if view.token == ROLE:
        for inline in view.get("inlinePolicies").items():
            yield inline.get("policy")
    else:
        yield view.get("policy")


@resource_rule(
    "security/iam-wildcard",
    severity=Severity.CRITICAL,
    types=IDENTITY_POLICIES,
    fix="Name the actions and the ARNs that this deployment needs, and nothing else.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def iam_wildcard(view: View, _settings: NoSettings) -> Faults:
    """A policy allows all actions, all of a service, or an action on everything.

    Actions that know no resource may have `*` as theirs. What is judged is identity policies: the
    policy of a key or a bucket speaks of itself.
    """
    for document in _documents(view):
        for statement in allowing(document):
            yield from _wild(statement)


def _wild(statement: Statement) -> Faults:
    place, where = statement.place, statement.where
    for action in statement.values("Action"):
        if action == "*" or action.endswith(":*"):
            yield place.fault("single actions", f"{where}: Action {_quoted(place, action)}")
    for key in ("NotAction", "NotResource"):
        if statement.values(key):
            yield place.fault("what is allowed, not what is left out", f"{where}: {key}")
    if "*" in statement.values("Resource"):
        bound = [
            action
            for action in statement.values("Action")
            if not WITHOUT_RESOURCE.fullmatch(action.lower())
        ]
        if bound:
            found = f"{where}: Resource * for {_quoted(place, bound[0])}"
            yield place.fault("the ARNs that it needs", found)


def _quoted(place: Property, text: str) -> str:
    return "[secret]" if place.secret else text


@resource_rule(
    "security/iam-broad-managed-policy",
    severity=Severity.CRITICAL,
    types=ATTACHMENTS,
    fix="Write a policy that names the actions and ARNs this deployment needs, and attach that.",
    unknown=Unknown.REST,
    settings=NoSettings,
)
def iam_broad_managed_policy(view: View, _settings: NoSettings) -> Faults:
    """A role has one of AWS's broad policies, such as AmazonSageMakerFullAccess.

    They allow reading every bucket and passing every role of the account.
    """
    if view.token == ROLE:
        places = view.get("managedPolicyArns").items()
    else:
        places = [view.get("policyArn")]
    for place in places:
        arn = place.text()
        if arn is not None and BROAD.fullmatch(arn):
            yield place.fault("a policy of your own with single actions")


@resource_rule(
    "security/public-invoker",
    severity=Severity.CRITICAL,
    types=(FUNCTION_URL, PERMISSION),
    fix="Use AWS_IAM, name the principal, and bind a service by sourceArn or sourceAccount.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def public_invoker(view: View, _settings: NoSettings) -> Faults:
    """Anybody, or any account's resource of a service, may invoke the function.

    A permission for a service without a source lets anybody's API or rule in that service call:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    if view.token == FUNCTION_URL:
        place = view.get("authorizationType")
        if place.absent or place.text() == "NONE":
            yield place.fault("AWS_IAM")
        return
    place = view.get("principal")
    principal = place.text()
    # A service principal without a source is a confused deputy.
    bound = any(
        not view.get(key).absent for key in ("sourceArn", "sourceAccount", "principalOrgId")
    )
    by_url = view.get("functionUrlAuthType").raw == "AWS_IAM"
    if principal == "*" and not bound and not by_url:
        yield place.fault("an account, a role, or a service with a sourceArn")
    if principal is not None and principal.endswith(".amazonaws.com") and not bound:
        yield view.get("sourceArn").fault("the ARN of what may invoke")


@resource_rule(
    "security/endpoint-kms",
    severity=Severity.HIGH,
    types=(ENDPOINT_CONFIGURATION,),
    fix="Set kmsKeyArn to a key of your own.",
    unknown=Unknown.REST,
    settings=NoSettings,
)
def endpoint_kms(view: View, _settings: NoSettings) -> Faults:
    """An endpoint's volume is not encrypted by a key of your own.

    Instance types with local NVMe only refuse a volume key, and serverless variants have no volume:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
    """
    key = view.get("kmsKeyArn")
    if not key.absent:
        return
    for variant in view.get("productionVariants").items():
        place = variant.get("instanceType")
        name = place.text()
        if name is None:
            continue
        fact = instances.known(name)
        takes_key = not fact.nvme_only if fact else not instances.is_accelerated(name)
        if takes_key and not _has_local_disk(name):
            yield key.fault(f"the ARN of a KMS key: {place.shown} has an EBS volume", "nothing")
            return


def _has_local_disk(instance_type: str) -> bool:
    """Families with a `d` after the generation carry local NVMe: c5d, m6gd, r5dn."""
    family = instance_type.removeprefix("ml.").split(".")[0]
    return re.fullmatch(r"[a-z]+\d+[a-ce-z]*d[a-z]*", family) is not None


@resource_rule(
    "security/imds-v1",
    severity=Severity.HIGH,
    types=(LAUNCH_TEMPLATE,),
    fix="Set metadataOptions.httpTokens to required, and httpPutResponseHopLimit to at most 2.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def imds_v1(view: View, _settings: NoSettings) -> Faults:
    """Machines answer the first version of the metadata service, which any request forgery can ask.

    Absent means optional. A hop limit above 2 lets pods behind another network reach the node's
    role: https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html
    """
    options = view.get("metadataOptions")
    found = options.items()
    if options.absent:
        yield options.get("httpTokens").fault("required")
    for place in found:
        if place.get("httpEndpoint").raw == "disabled":
            continue
        tokens = place.get("httpTokens")
        if tokens.absent or (tokens.text() or "required") != "required":
            yield tokens.fault("required")
        hops = place.get("httpPutResponseHopLimit")
        if (hops.number() or 1) > 2:  # noqa: PLR2004 - one hop for the node, one for its pods.
            yield hops.fault("1 or 2")


# Baseline of the Pod Security Standards: what a container may add.
# https://kubernetes.io/docs/concepts/security/pod-security-standards/
_HARMLESS_CAPABILITIES: Final = {
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
}


@resource_rule(
    "security/pod-privileged",
    severity=Severity.CRITICAL,
    types=POD_TYPES,
    fix="Remove the setting: a model server needs neither the node nor root.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def pod_privileged(view: View, _settings: NoSettings) -> Faults:
    """A pod asks for power over its node, or for root.

    What is judged is what a manifest asks for. What admission adds later, such as KServe's
    storage-initialiser, is covered by the namespace's pod-security label.
    """
    for pod in pods(view):
        yield from _switched_on(pod.spec, "hostNetwork", "hostPID", "hostIPC")
        yield from _root(pod.spec.get("securityContext"))
        for volume in pod.spec.get("volumes").items():
            path = volume.get("hostPath")
            if not path.absent and not path.unknown:
                yield path.fault("a volume that is not the node's disk")
        for container in pod.containers:
            yield from _powers(container.place)


def _powers(container: Property) -> Faults:
    context = container.get("securityContext")
    yield from _switched_on(context, "privileged", "allowPrivilegeEscalation")
    yield from _root(context)
    for capability in context.get("capabilities", "add").items():
        name = capability.text()
        if name is not None and name.removeprefix("CAP_") not in _HARMLESS_CAPABILITIES:
            yield capability.fault("no added capability")
    for port in container.get("ports").items():
        place = port.get("hostPort")
        if place.number():
            yield place.fault("no port of the node")


def _switched_on(place: Property, *keys: str) -> Faults:
    for key in keys:
        if place.get(key).flag():
            yield place.get(key).fault("false")


def _root(context: Property) -> Faults:
    user = context.get("runAsUser")
    if user.number() == 0:
        yield user.fault("a user other than root")
    nobody = context.get("runAsNonRoot")
    if nobody.flag() is False:
        yield nobody.fault("true")


@dataclass(frozen=True)
class PinnedImages:
    """Settings."""

    require_digest: bool = setting(
        True,  # noqa: FBT003 - the default.
        "Require @sha256: where a tag could move. False: an exact tag is enough.",
    )
    moving_tags: tuple[str, ...] = setting(
        ("latest", "main", "master", "stable", "edge", "nightly", "dev"),
        "Tags that are never exact.",
    )


@resource_rule(
    "security/image-unpinned",
    severity=Severity.HIGH,
    types=(*POD_TYPES, MODEL, FUNCTION),
    fix="Name the image by its digest: <image>@sha256:<64 hex digits>.",
    unknown=Unknown.LATER,
    settings=PinnedImages,
)
def image_unpinned(view: View, settings: PinnedImages) -> Faults:
    """An image can change under the same name.

    What was tested is then not what runs, and going back does not go back. AWS's own SageMaker
    containers are taken with their version tag.
    """
    for place in images(view):
        image = place.text()
        if image is None or DIGEST.fullmatch(image):
            continue
        tag = image.rpartition("/")[2].partition(":")[2]
        exact = bool(tag) and "@" not in tag and tag not in settings.moving_tags
        if view.token == MODEL and exact and VENDOR_IMAGE.fullmatch(image):
            continue
        if settings.require_digest or not exact:
            yield place.fault("a digest" if settings.require_digest else "an exact tag or a digest")


@resource_rule(
    "security/model-unpinned",
    severity=Severity.HIGH,
    types=(INFERENCE_SERVICE, MODEL),
    fix="Put the version, or a digest, into the URI; hf://<repository>@<40-hex commit>.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def model_unpinned(view: View, _settings: NoSettings) -> Faults:
    """A model's artifact can change under the same address, or comes unprotected.

    A URI is pinned when it holds the resource's model-version tag, a version of its own, a 40-hex
    commit or a sha256 digest; a Hugging Face repository only by its commit.
    """
    version = view.tags.get(tags.MODEL_VERSION, "")
    for place in artifacts(view):
        uri = place.text()
        if not uri:
            continue
        if uri.startswith(("http://", "ftp://")):
            yield place.fault(
                "s3://, gs://, https:// or oci://, which nobody can change on the way"
            )
        elif uri.startswith("hf://"):
            if not COMMIT.fullmatch(uri):
                yield place.fault("hf://<repository>@<40-hex commit>")
        elif MOVING.search(uri) or not (
            (version and version in uri) or PINNED_URI.search(uri.partition("://")[2])
        ):
            yield place.fault("a URI that holds the version")


@dataclass(frozen=True)
class PublicRoutes:
    """Settings."""

    public_routes: tuple[str, ...] = setting(
        (), "Route keys that may be called by anybody, for example `GET /health`."
    )


@resource_rule(
    "security/route-open",
    severity=Severity.CRITICAL,
    types=(ROUTE, METHOD),
    fix="Set authorizationType AWS_IAM or JWT (REST API: authorization), or list a public route.",
    unknown=Unknown.LATER,
    settings=PublicRoutes,
)
def route_open(view: View, settings: PublicRoutes) -> Faults:
    """A route of an API asks for no authorisation.

    Absent means NONE. OPTIONS is left out: browsers send it without credentials.
    """
    if view.token == ROUTE:
        key, place = view.get("routeKey"), view.get("authorizationType")
    else:
        key, place = view.get("httpMethod"), view.get("authorization")
    named = key.text() or ""
    if named in settings.public_routes or named.split(" ")[0] == "OPTIONS":
        return
    if place.absent or place.text() == "NONE":
        yield place.fault("AWS_IAM, JWT or CUSTOM")


@resource_rule(
    "security/kms-rotation",
    severity=Severity.MEDIUM,
    types=("aws:kms/key:Key",),
    fix="Set enableKeyRotation to true.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def kms_rotation(view: View, _settings: NoSettings) -> Faults:
    """A key is never rotated, or its policy lets everybody use it.

    Asymmetric, HMAC and custom-store keys cannot rotate by themselves:
    https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
    """
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
    types=(*POD_TYPES, MODEL, FUNCTION),
    fix="Refer to a secret store: secretKeyRef in a pod, the secret's ARN in a function.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def plaintext_secret(view: View, _settings: NoSettings) -> Faults:
    """A password, key or token stands in an environment variable.

    Whoever may describe the resource reads it. A secret of Pulumi's own is one too: it is plain
    text where it arrives. The value is never printed.
    """
    for named, place in variables(view):
        name = named.text() or ""
        value = place.text() if isinstance(place.raw, str) or place.unknown else str(place.raw)
        if value is None:
            continue
        by_name = SECRET_NAME.search(name) and not HARMLESS_VALUE.fullmatch(value)
        if by_name or SECRET_VALUE.search(value):
            where = "[secret]" if named.secret else name
            yield place.fault("a reference to a secret store", f"a secret in {where}")


RULES = (
    iam_wildcard,
    iam_broad_managed_policy,
    public_invoker,
    endpoint_kms,
    imds_v1,
    pod_privileged,
    image_unpinned,
    model_unpinned,
    route_open,
    kms_rotation,
    plaintext_secret,
)
