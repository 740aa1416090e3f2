"""The first-party provider, given explicitly like every other one."""

import json
from collections.abc import Sequence

import pulumi


class ServingProvider(pulumi.ProviderResource):
    """Where the resources of `provider/` are: AWS region and the accounts that may be changed."""

    def __init__(
        self,
        resource_name: str,
        *,
        region: str,
        allowed_account_ids: Sequence[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        # Lists travel to a provider's configuration as JSON, as in every Pulumi SDK.
        properties = {
            "region": region,
            "allowedAccountIds": json.dumps(list(allowed_account_ids)),
        }
        super().__init__("serving", resource_name, properties, opts)
