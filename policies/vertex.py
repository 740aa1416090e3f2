"""Security: Vertex AI's endpoints, encrypted by a key of your own, with an address of their own."""

from dataclasses import dataclass

from policies.configuration import setting
from policies.resource_types import VERTEX_ENDPOINT
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.view import View


@resource_rule(
    "security/vertex-cmek",
    severity=Severity.HIGH,
    types=(VERTEX_ENDPOINT,),
    fix="Set encryptionSpec.kmsKeyName to a key of your own in the endpoint's region.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV2_GCP_24",),
    level=Level.ADVISORY,
)
def vertex_cmek(view: View, _settings: NoSettings) -> Faults:
    """An endpoint of Vertex AI, and the models on it, are encrypted by Google's keys alone.

    The key is the endpoint's for good: https://cloud.google.com/vertex-ai/docs/general/cmek
    """
    key = view.get("encryptionSpec", "kmsKeyName")
    if key.absent:
        yield key.fault("the name of a key of Cloud KMS")


@dataclass(frozen=True)
class Reach:
    """Settings."""

    require_private: bool = setting(
        False, "Ask for Private Service Connect or a peered network: nothing from the internet."
    )


@resource_rule(
    "security/vertex-endpoint-shared",
    severity=Severity.MEDIUM,
    types=(VERTEX_ENDPOINT,),
    fix="Set dedicatedEndpointEnabled, privateServiceConnectConfig or network.",
    unknown=Unknown.LATER,
    settings=Reach,
    checkov=("CKV2_GCP_33",),
    level=Level.ADVISORY,
)
def vertex_endpoint_shared(view: View, settings: Reach) -> Faults:
    """An endpoint of Vertex AI is reached by the address that everybody's endpoints have.

    So it is where nothing is said: traffic is shared with all users of the region, and no firewall
    or perimeter can tell this endpoint from theirs. IAM asks who calls in either case.
    https://cloud.google.com/vertex-ai/docs/predictions/choose-endpoint-type
    """
    peered = view.get("network")
    connected = view.get("privateServiceConnectConfig", "enablePrivateServiceConnect")
    dedicated = view.get("dedicatedEndpointEnabled")
    if not peered.absent or not connected.off:
        return
    if settings.require_private:
        yield connected.fault("true, or a network that it is peered with")
    elif dedicated.off:
        yield dedicated.fault("true, Private Service Connect, or a peered network")


RULES = (
    vertex_cmek,
    vertex_endpoint_shared,
)
