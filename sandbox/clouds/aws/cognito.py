"""Amazon Cognito: user pools, their clients and identity pools.

Source of the ids: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/
and https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_CreateIdentityPool.html
"""

from typing import Any

from sandbox.clouds.aws.kind import Identity, Kind
from sandbox.clouds.base import Call

__all__ = ["KINDS"]


def _pool_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    del call
    return {"endpoint": f"cognito-idp.{identity.region}.amazonaws.com/{identity.id}"}


KINDS = {
    "aws:cognito/userPool:UserPool": Kind(
        arn="arn:aws:cognito-idp:{region}:{account}:userpool/{id}",
        id="{region}_{letters10}",
        outputs=_pool_outputs,
    ),
    "aws:cognito/userPoolClient:UserPoolClient": Kind(
        id="{hex10}{letters10}{letters6}",
        import_id="{input:userPoolId}/{id}",
        parent="{input:userPoolId}",
    ),
    "aws:cognito/identityPool:IdentityPool": Kind(
        arn="arn:aws:cognito-identity:{region}:{account}:identitypool/{id}",
        id="{region}:{uuid}",
        name="identityPoolName",
    ),
}
