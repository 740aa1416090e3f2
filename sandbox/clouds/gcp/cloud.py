"""Google Cloud: what the stand-in of pulumi-gcp computes and refuses."""

import os
import re
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from sandbox import seed
from sandbox.check import nearest
from sandbox.clouds import generic
from sandbox.clouds.base import Call, Cloud, RefusedError, Scope, hexadecimal, moment
from sandbox.diff import Replaces
from sandbox.store import Row, Store
from sandbox.wire import UNKNOWN

__all__ = ["Gcp"]

# Source: "Changing this forces a new resource" or "Immutable" in the Terraform Google provider's
# documentation holds for these in nearly every type that has them.
_IDENTITY = ("name", "project", "location", "region", "zone")
# Source: the Terraform Google provider's documentation of each type, where it says so and the SDK's
# own documentation does not.
_TABLE: dict[str, tuple[str, ...]] = {
    "gcp:container/nodePool:NodePool": ("cluster", "maxPodsPerNode", "namePrefix"),
    "gcp:kms/cryptoKey:CryptoKey": ("importOnly", "keyRing", "skipInitialVersionCreation"),
    "gcp:storage/bucketObject:BucketObject": ("bucket", "customerEncryption", "kmsKeyName"),
    "gcp:vertex/aiEndpoint:AiEndpoint": ("encryptionSpec", "network", "dedicatedEndpointEnabled"),
    "gcp:artifactregistry/repository:Repository": ("format", "kmsKeyName", "mode", "repositoryId"),
}
# Grants have no update: of a binding the members change, of a policy its document.
_GRANTS = (
    (re.compile("IAMMember$", re.IGNORECASE), frozenset[str]()),
    (re.compile("IAMBinding$", re.IGNORECASE), frozenset({"members"})),
    (re.compile("IAMPolicy$", re.IGNORECASE), frozenset({"policyData"})),
)


class Gcp(Cloud):
    """Projects, locations and names of Google Cloud."""

    provider = "gcp"
    coerces = True
    closed_enums = False
    notes_defaults = True

    @override
    def configure(self, settings: Mapping[str, Any], store: Store) -> Scope:
        project = settings.get("project") or os.environ.get("GOOGLE_PROJECT")
        known = [identity.id for identity in store.identities("gcp_project")]
        if project is UNKNOWN or not project:
            project = known[0]
        if project not in known:
            meant = nearest(str(project), known)
            hint = f'; did you mean "{meant}"?' if meant else ""
            raise RefusedError(
                f'googleapi: Error 403: project "{project}" does not exist or these credentials'
                f" may not use it; the sandbox has {', '.join(known)}{hint}"
            )
        region = settings.get("region")
        return Scope(str(project), str(region) if isinstance(region, str) else "", settings)

    @override
    def replaces(self, call: Call) -> Replaces:
        for name, changeable in _GRANTS:
            if name.search(call.token):
                return Replaces(everything=True, except_for=changeable)
        declared = call.declared
        hinted = super().replaces(call).joined(_TABLE.get(call.token, ()))
        if declared is None:
            return hinted
        return hinted.joined(name for name in _IDENTITY if name in declared.inputs)

    @override
    def create(self, call: Call) -> Row:
        name = str(call.inputs.get("name") or "")
        resource_id = self._id(call, name or hexadecimal(16))
        return Row(
            provider=self.provider,
            account=_project(call),
            region="",
            token=call.token,
            id=resource_id,
            name=name,
            inputs=call.inputs,
            outputs=self._outputs(call, resource_id, {}),
        )

    @override
    def update(self, call: Call, row: Row) -> Row:
        kept = {name: value for name, value in row.outputs.items() if name not in row.inputs}
        return row.replace(inputs=call.inputs, outputs=self._outputs(call, row.id, kept))

    @override
    def previewed(self, call: Call) -> dict[str, Any]:
        return {} if call.declared is None else self._labels(call)

    @override
    def row_of(self, call: Call, resource_id: str) -> Row | None:
        return call.store.get(self.provider, call.token, resource_id)

    @override
    def invoke(
        self, token: str, arguments: dict[str, Any], store: Store, scope: Scope
    ) -> dict[str, Any]:
        number = next(
            (i.details["number"] for i in store.identities("gcp_project") if i.id == scope.account),
            seed.GCP_PROJECT_NUMBER,
        )
        match token:
            case "gcp:organizations/getProject:getProject":
                wanted = str(arguments.get("projectId") or scope.account)
                if wanted not in [i.id for i in store.identities("gcp_project")]:
                    raise RefusedError(f"Project not found: {wanted}")
                answer: dict[str, Any] = {
                    "id": f"projects/{wanted}",
                    "projectId": wanted,
                    "name": wanted,
                    "number": number,
                    "labels": {},
                }
            case "gcp:organizations/getClientConfig:getClientConfig":
                answer = {
                    "id": f"projects/{scope.account}/regions/{scope.region}/zones/",
                    "project": scope.account,
                    "region": scope.region,
                    "zone": str(scope.settings.get("zone") or ""),
                    "accessToken": "ya29.sandbox",
                    "defaultLabels": {},
                }
            case _:
                return super().invoke(token, arguments, store, scope)
        return answer

    # ---- inside ----

    def _id(self, call: Call, name: str) -> str:
        """`projects/<project>/locations/<location>/<kinds>/<name>`, as most types have it."""
        place = _location(call)
        noun = call.token.rpartition(":")[2]
        if call.declared is not None and "email" in call.declared.outputs:
            account = str(call.inputs.get("accountId") or name)
            return f"projects/{_project(call)}/serviceAccounts/{_email(call, account)}"
        if noun == "Bucket":
            return name
        if noun == "BucketObject":
            return f"{call.inputs.get('bucket')}-{name}"
        kind = re.sub(r"^(Ai|Region)", "", noun)
        kind = kind[0].lower() + kind[1:]
        middle = f"locations/{place}/" if place else "global/" if "compute" in call.token else ""
        return f"projects/{_project(call)}/{middle}{kind}s/{name}"

    def _outputs(self, call: Call, resource_id: str, kept: Mapping[str, Any]) -> dict[str, Any]:
        declared = call.declared
        outputs: dict[str, Any] = dict(kept)
        if declared is None:
            return outputs
        service = call.token.split(":")[1].split("/")[0]
        project, place = _project(call), _location(call)
        account = str(call.inputs.get("accountId") or "")
        name = str(call.inputs.get("name") or "")
        email = _email(call, account)
        known: dict[str, Any] = {
            "project": project,
            "selfLink": f"https://www.googleapis.com/{service}/v1/{resource_id}",
            "createTime": kept.get("createTime") or moment(),
            "updateTime": moment(),
            "uid": kept.get("uid") or hexadecimal(32),
            "etag": hexadecimal(16),
            "email": email,
            "member": f"serviceAccount:{email}",
            "uniqueId": kept.get("uniqueId") or str(int(hexadecimal(16), 16)).zfill(21)[:21],
            "reconciling": False,
        }
        if declared.outputs.keys() & {"uri", "url"}:
            address = f"https://{name}-{seed.GCP_PROJECT_NUMBER}.{place or 'europe-west1'}.run.app"
            known |= {"uri": address, "urls": [address], "url": f"gs://{name}"}
            if service != "storage":
                known["url"] = address
        if call.token.endswith(":ServiceAccount"):
            known["name"] = resource_id
        outputs |= {
            key: value
            for key, value in known.items()
            if key in declared.outputs and key not in call.inputs
        }
        outputs |= self._labels(call)
        return outputs | generic.computed(self.provider, declared, call.inputs, outputs)

    def _labels(self, call: Call) -> dict[str, Any]:
        """The labels with the provider's default ones and Pulumi's own."""
        declared = call.declared
        if declared is None or "effectiveLabels" not in declared.outputs:
            return {}
        own: Any = call.inputs.get("labels") or {}
        defaults: Any = call.scope.settings.get("defaultLabels") or {}
        if not isinstance(own, dict) or not isinstance(defaults, dict):
            return {"pulumiLabels": UNKNOWN, "effectiveLabels": UNKNOWN}
        labels: dict[str, Any] = {**defaults, **own}
        return {
            "pulumiLabels": labels,
            "effectiveLabels": {**labels, "goog-pulumi-provisioned": "true"},
        }


def _project(call: Call) -> str:
    return str(call.inputs.get("project") or call.scope.account)


def _location(call: Call) -> str:
    for name in ("location", "region", "zone"):
        if call.inputs.get(name):
            return str(call.inputs[name])
    return ""


def _email(call: Call, account: str) -> str:
    return f"{account}@{_project(call)}.iam.gserviceaccount.com"
