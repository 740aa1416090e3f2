"""The first-party provider `serving`, explicit like every other one.

It finds credentials through AWS's own environment variables and settings; here it is told only
where it may work.
"""

from collections.abc import Sequence

import pulumi


class ServingProvider(pulumi.ProviderResource):
    """Serves `serving:index:*`; for SageMakerEndpoint give it beside the provider of AWS."""

    def __init__(
        self,
        resource_name: str,
        *,
        region: pulumi.Input[str],
        allowed_account_ids: Sequence[pulumi.Input[str]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        # What a provider is configured with travels as text, lists as JSON text.
        accounts = (
            None
            if allowed_account_ids is None
            else pulumi.Output.json_dumps(list(allowed_account_ids))
        )
        super().__init__(
            "serving", resource_name, {"region": region, "allowedAccountIds": accounts}, opts
        )
