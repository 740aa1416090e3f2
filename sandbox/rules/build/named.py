"""What validators say that are Go functions: by name, or by package and name.

Each is read in the provider's source. Where a function says more than a pattern can, the entry is
what it certainly refuses.
"""

from collections.abc import Mapping
from typing import Any

__all__ = ["NAMED"]

_ACCOUNT = {"pattern": [r"^\d{12}$"]}
_REGION = {"pattern": [r"^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$"]}
_DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_HOUR = r"([01]?\d|2[0-3]):[0-5]\d:[0-5]\d([.,]\d+)?(Z|[+-]\d{2}:\d{2})"
_TIME = {"pattern": [f"^{_DATE}T{_HOUR}$"]}
_UUID = {"pattern": [r"^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$"]}
_DURATION = {"pattern": [r"^[-+]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$"]}
_CLOCK = "([0-1][0-9]|2[0-3]):([0-5][0-9])"
_DAYS = "(sun|mon|tue|wed|thu|fri|sat):"
_LETTERS = "^[0-9A-Za-z-]+$"
_LOWER = "^[0-9a-z-]+$"
_LOG_GROUP = "^[0-9A-Za-z_./#-]+$"
_PROJECT = (
    r"(?:(?:[-a-z0-9]{1,63}\.)*(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?):)?"
    r"(?:[0-9]{1,19}|(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?))"
)
_ARNS = {"format": ["arn"]}
_IDENTIFIER = {"pattern": [_LOWER, "^[a-z]"], "not": ["--", "-$"]}
_PREFIX = {"pattern": [_LOWER, "^[a-z]"], "not": ["--"]}
# A generated suffix has 26 characters.
_SUFFIX = 26

NAMED: Mapping[str, Mapping[str, Any]] = {
    # terraform-plugin-sdk: helper/validation
    "IsCIDR": {"format": ["cidr"]},
    "IsIPAddress": {"format": ["ip"]},
    "IsIPv4Address": {"format": ["ipv4"]},
    "IsIPv6Address": {"format": ["ip"]},
    "IsPortNumber": {"min": 1, "max": 65535},
    "IsPortNumberOrZero": {"min": 0, "max": 65535},
    "IsRFC3339Time": _TIME,
    "IsURLWithHTTPS": {"pattern": ["^(?i:https)://"]},
    "IsUUID": _UUID,
    "StringIsBase64": {"format": ["base64"]},
    "StringIsEmpty": {"max_length": 0},
    "StringIsJSON": {"format": ["json"]},
    "StringIsNotEmpty": {"min_length": 1},
    "StringIsNotWhiteSpace": {"min_length": 1},
    # terraform-provider-aws: internal/verify, internal/framework
    "ARN": {"format": ["like_arn"]},
    "ARNType": {"format": ["like_arn"]},
    "AWSAccountID": _ACCOUNT,
    "AWSRegion": _REGION,
    "IAMPolicyType": {"format": ["json"]},
    "IPv4CIDRNetworkAddress": {"format": ["network4"]},
    "IPv6CIDRNetworkAddress": {"format": ["network6"]},
    "JSON": {"format": ["json"]},
    "ValidARN": _ARNS,
    "ValidARNCheck": _ARNS,
    "ValidAccountID": _ACCOUNT,
    "ValidBase64String": {"format": ["base64"]},
    "ValidCIDRNetworkAddress": {"format": ["network"]},
    "ValidIAMPolicyJSON": {"format": ["policy"]},
    "ValidIPv4CIDRNetworkAddress": {"format": ["network4"]},
    "ValidIPv6CIDRNetworkAddress": {"format": ["network6"]},
    "ValidKMSKeyID": {"min_length": 1, "max_length": 2048},
    "ValidLaunchTemplateID": {
        "min_length": 1,
        "max_length": 255,
        "pattern": [r"^lt\-[0-9a-z]+$"],
    },
    "ValidOnceADayWindowFormat": {"pattern": [f"^({_CLOCK}-{_CLOCK}|)$"]},
    "ValidOnceAWeekWindowFormat": {"pattern": [f"(?i)^({_DAYS}{_CLOCK}-{_DAYS}{_CLOCK}|)$"]},
    "ValidRegionName": _REGION,
    "ValidServicePrincipal": {"pattern": [r"^(([0-9a-z-]+\.){1,4}(amazonaws|amazon)\.com)?$"]},
    "ValidUTCTimestamp": _TIME,
    "batch.validName": {"pattern": ["^[0-9A-Za-z]{1}[0-9A-Za-z_-]{0,127}$"]},
    "batch.validPrefix": {"pattern": ["^[0-9A-Za-z]{1}[0-9A-Za-z_-]{0,101}$"]},
    "eks.validClusterName": {
        "min_length": 1,
        "max_length": 100,
        "pattern": ["^[0-9A-Za-z][0-9A-Za-z_-]*$"],
    },
    "elbv2.validName": {
        "max_length": 32,
        "pattern": ["^[0-9A-Za-z-]*$"],
        "not": ["^-", "-$", "^internal-"],
    },
    "elbv2.validNamePrefix": {
        "max_length": 6,
        "pattern": [_LETTERS],
        "not": ["^-", "^internal-"],
    },
    "elbv2.validTargetGroupName": {
        "max_length": 32,
        "pattern": [_LETTERS],
        "not": ["^-", "-$"],
    },
    "elbv2.validTargetGroupNamePrefix": {
        "max_length": 32 - _SUFFIX,
        "pattern": [_LETTERS],
        "not": ["^-"],
    },
    "kms.validGrantName": {"max_length": 256, "pattern": ["^[0-9A-Za-z_:/-]+$"]},
    "kms.validNameForResource": {"pattern": ["^alias/"], "not": ["^(alias/aws/)"]},
    "logs.validLogGroupName": {"max_length": 512, "pattern": [_LOG_GROUP]},
    "logs.validLogGroupNamePrefix": {"max_length": 483, "pattern": [_LOG_GROUP]},
    "rds.validIdentifier": _IDENTIFIER,
    "rds.validIdentifierPrefix": _PREFIX,
    "rds.validOptionGroupName": {**_IDENTIFIER, "max_length": 255},
    "rds.validParamGroupName": {
        "max_length": 255,
        "pattern": ["^[0-9a-z.-]+$", "^[a-z]"],
        "not": ["--", "-$"],
    },
    "rds.validSubnetGroupName": {
        "max_length": 255,
        "pattern": ["^[0-9a-z_ .-]+$"],
        "not": ["(?i)^default$"],
    },
    "sagemaker.validImage": {"max_length": 255, "pattern": [r"[\S]+"]},
    "sagemaker.validName": {"max_length": 63, "pattern": [_LETTERS], "not": ["^-"]},
    "sagemaker.validPrefix": {
        "max_length": 63 - _SUFFIX,
        "pattern": [_LETTERS],
        "not": ["^-"],
    },
    # terraform-provider-google: google/verify, google/tpgiamresource
    "ValidateBase64String": {"format": ["base64"]},
    "ValidateGCEName": {"pattern": ["^(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)$"]},
    "ValidateIAMCustomRoleID": {"pattern": [r"^[a-zA-Z0-9_\.]{3,64}$"]},
    "ValidateIpAddress": {"format": ["ip"]},
    "ValidateIpCidrRange": {"format": ["cidr"]},
    "ValidateProjectID": {"pattern": [f"^{_PROJECT}$"]},
    "ValidateProjectName": {"pattern": ["^[A-Za-z0-9-'\"\\s!]{4,30}$"]},
    "ValidateRFC3339Date": _TIME,
    "ValidateRFC3339Time": {"pattern": [r"^([01]\d|2[0-3]):[0-5]\d$"]},
    "google.ValidateDuration": _DURATION,
    "tpgiamresource.validateIAMMember": {
        "pattern": [
            "(.+:.+|projectOwners|projectReaders|projectWriters|allUsers|allAuthenticatedUsers)"
        ],
        "not": ["^deleted"],
    },
    "tpgiamresource.validateIamPolicy": {"format": ["json"]},
}
