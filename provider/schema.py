"""The package's schema: what `pulumi import`, the engine and SDK generation know of it."""

import json
from typing import Any, Final

from provider import VERSION
from provider.functions import FUNCTIONS
from provider.kinds import KINDS

_REGION: Final[dict[str, Any]] = {
    "type": "string",
    "description": "AWS region. Default: AWS_REGION, or the profile's region.",
}
_CONFIG: Final[dict[str, Any]] = {
    "region": _REGION,
    "profile": {
        "type": "string",
        "description": "Profile in the AWS configuration files. Default: the environment's.",
    },
    "allowedAccountIds": {
        "type": "array",
        "items": {"type": "string"},
        "description": (
            "AWS accounts that may be changed; credentials of any other one are refused before "
            "the first call. Default: any account."
        ),
    },
}


def schema() -> str:
    """The package's schema as JSON text."""
    return json.dumps(
        {
            "name": "serving",
            "version": VERSION,
            "displayName": "Model serving",
            "description": "What the official providers lack to put models into production.",
            "license": "Apache-2.0",
            "pluginDownloadURL": "",
            "config": {"variables": _CONFIG},
            "provider": {
                "description": "Where the resources of this package are.",
                "inputProperties": _CONFIG,
            },
            "functions": {token: function.schema for token, function in FUNCTIONS.items()},
            "resources": {token: kind.inputs.SCHEMA for token, kind in KINDS.items()},
        }
    )
