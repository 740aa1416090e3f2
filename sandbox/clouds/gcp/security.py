"""Projects, service accounts, roles, keys and secrets."""

import base64
import json
import random
import re
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.base import Call, Naming, moment
from sandbox.clouds.gcp.kind import Identity, Kind
from sandbox.clouds.gcp.references import account_problem
from sandbox.store import Row
from sandbox.values import at

__all__ = ["ACCOUNT", "KEY", "KINDS", "RING", "SECRET", "SECRET_VERSION", "next_version"]

ACCOUNT = "gcp:serviceaccount/account:Account"
ACCOUNT_KEY = "gcp:serviceaccount/key:Key"
ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"
RING = "gcp:kms/keyRing:KeyRing"
KEY = "gcp:kms/cryptoKey:CryptoKey"
SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105 - a type
SECRET_VERSION = "gcp:secretmanager/secretVersion:SecretVersion"  # noqa: S105 - a type
_KEY_PAGE = (
    "https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys"
)
_DAY_SECONDS = 86_400


def _account_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    before = call.previous.outputs if call.previous is not None else {}
    email = f"{identity.name}@{identity.project}.iam.gserviceaccount.com"
    unique = f"1{random.randint(10**19, 10**20 - 1)}"  # noqa: S311 - no secret
    return {
        "email": email,
        "member": f"serviceAccount:{email}",
        "name": identity.id,
        "uniqueId": before.get("uniqueId") or unique,
    }


def _account_key_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    account = identity.id.partition("/keys/")[0]
    email = account.rpartition("/")[2]
    document = {
        "type": "service_account",
        "project_id": identity.project,
        "private_key_id": identity.id.rpartition("/")[2],
        "client_email": email,
    }
    return {
        "name": identity.id,
        "privateKey": base64.b64encode(json.dumps(document).encode()).decode(),
        "publicKey": base64.b64encode(b"sandbox").decode(),
        "validAfter": moment(),
        "validBefore": "9999-12-31T23:59:59Z",
        "keyAlgorithm": call.inputs.get("keyAlgorithm") or "KEY_ALG_RSA_2048",
    }


def _of_account(call: Call) -> list[Problem]:
    return account_problem(call, "serviceAccountId", call.inputs.get("serviceAccountId"))


def _role_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    return {"name": identity.id, "deleted": False, "stage": call.inputs.get("stage") or "GA"}


def _key_constraints(call: Call) -> list[Problem]:
    period: Any = call.inputs.get("rotationPeriod")
    purpose = call.inputs.get("purpose", "ENCRYPT_DECRYPT")
    if not isinstance(period, str) or not isinstance(purpose, str):
        return []
    if purpose != "ENCRYPT_DECRYPT":
        reason = f"goes with the purpose ENCRYPT_DECRYPT only, not with {purpose} ({_KEY_PAGE})"
        return [Problem("rotationPeriod", reason)]
    match = re.fullmatch(r"(\d+)(\.\d+)?s", period)
    if match and int(match[1]) < _DAY_SECONDS:
        return [
            Problem("rotationPeriod", f"got {period}; use {_DAY_SECONDS}s or more ({_KEY_PAGE})")
        ]
    return []


def _key_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    algorithm = at(call.inputs, "versionTemplate", "algorithm") or "GOOGLE_SYMMETRIC_ENCRYPTION"
    level = at(call.inputs, "versionTemplate", "protectionLevel") or "SOFTWARE"
    symmetric = call.inputs.get("purpose", "ENCRYPT_DECRYPT") == "ENCRYPT_DECRYPT"
    version = {"name": f"{identity.id}/cryptoKeyVersions/1", "state": "ENABLED"}
    return {
        "primaries": [version] if symmetric else [],
        "versionTemplate": {"algorithm": algorithm, "protectionLevel": level},
        "destroyScheduledDuration": call.inputs.get("destroyScheduledDuration") or "2592000s",
    }


def _secret_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    # The API answers with the project's number.
    name = identity.id.replace(f"projects/{identity.project}/", f"projects/{identity.number}/", 1)
    return {"name": name, "effectiveAnnotations": call.inputs.get("annotations") or {}}


def next_version(call: Call) -> str:
    """The id of a new version of a secret, after the latest one that is there."""
    start = f"{call.inputs.get('secret')}/versions/"
    there = call.store.starting("gcp", call.token, start)
    latest = max((int(row.id.removeprefix(start)) for row in there), default=0)
    return f"{start}{latest + 1}"


def _secret_version_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    del call
    return {
        "name": identity.id,
        "version": identity.id.rpartition("/")[2],
        "destroyTime": "",
    }


def _secret_deletion(call: Call, row: Row) -> list[Problem]:
    del call
    if row.inputs.get("deletionProtection") not in {True, "true"}:
        return []
    return [Problem("deletionProtection", "is true; set it to false before destroying the secret")]


def _project_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    del identity
    before = call.previous.outputs if call.previous is not None else {}
    number = random.randint(10**11, 10**12 - 1)  # noqa: S311 - no secret
    return {"number": before.get("number") or str(number)}


KINDS = {
    "gcp:organizations/project:Project": Kind(
        # pulumi-gcp's own length.
        naming=Naming("projectId", max_length=30, lower=True),
        name="projectId",
        outputs=_project_outputs,
    ),
    ACCOUNT: Kind(
        # pulumi-gcp's own length.
        naming=Naming("accountId", max_length=30),
        name="accountId",
        outputs=_account_outputs,
        parts={ACCOUNT_KEY: "serviceAccountId"},
    ),
    ACCOUNT_KEY: Kind(referring=_of_account, outputs=_account_key_outputs),
    ROLE: Kind(naming=Naming("roleId"), name="roleId", outputs=_role_outputs),
    RING: Kind(name_stays=True),
    KEY: Kind(
        references={"keyRing": "ring"},
        constraints=_key_constraints,
        outputs=_key_outputs,
        name_stays=True,
    ),
    SECRET: Kind(
        name="secretId",
        references={"topics.[].name": "topic"},
        outputs=_secret_outputs,
        deletion=_secret_deletion,
        parts={SECRET_VERSION: "secret"},
    ),
    SECRET_VERSION: Kind(references={"secret": "secret"}, outputs=_secret_version_outputs),
}
