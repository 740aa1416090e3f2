"""The first-party provider, given explicitly like every other one."""

import json
from collections.abc import Sequence

import pulumi


class ServingProvider(pulumi.ProviderResource):
    """Where the resources of `provider/` are: AWS region and the accounts that may be changed.

    Resources on other clouds name their project or subscription themselves.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        region: str | None = None,
        allowed_account_ids: Sequence[str] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        # Lists travel to a provider's configuration as JSON, as in every Pulumi SDK.
        accounts = json.dumps(list(allowed_account_ids)) if allowed_account_ids else None
        properties = {"region": region, "allowedAccountIds": accounts}
        super().__init__("serving", resource_name, properties, opts)
