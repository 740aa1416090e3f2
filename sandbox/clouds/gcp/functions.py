"""Functions of pulumi-gcp that the sandbox answers."""

import base64
import json
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.check import nearest
from sandbox.clouds.base import RefusedError, Scope
from sandbox.clouds.gcp import gke, network, run, security, storage
from sandbox.store import Identity, Row, Store
from sandbox.values import listed, mapped

__all__ = ["FUNCTIONS", "Question"]

# https://cloud.google.com/compute/docs/regions-zones, those that a European platform uses.
_ZONES = {
    "europe-north1": "abc",
    "europe-west1": "bcd",
    "europe-west2": "abc",
    "europe-west3": "abc",
    "europe-west4": "abc",
    "us-central1": "abcf",
    "us-east1": "bcd",
    "us-west1": "abc",
}
_REGIONS = tuple(_ZONES)
_VERSIONS = (gke.VERSION, "1.33.5-gke.1080000", "1.32.9-gke.1010000")


@dataclass(frozen=True, slots=True)
class Question:
    """What a function is asked, and where."""

    arguments: Mapping[str, Any]
    store: Store
    scope: Scope

    def text(self, name: str) -> str:
        """An argument, empty where it is not given."""
        return str(self.arguments.get(name) or "")

    @property
    def project(self) -> str:
        """The project that is asked about."""
        return self.text("project") or self.scope.account

    @property
    def place(self) -> str:
        """The location, zone or region that is asked about."""
        own = self.text("location") or self.text("region") or self.text("zone")
        return own or str(self.scope.settings.get("zone") or "") or self.scope.region

    def identity(self, project: str) -> Identity:
        """The project of that id or number.

        Raises:
            RefusedError: The sandbox has none.
        """
        projects = self.store.identities("gcp_project")
        for identity in projects:
            if project in {identity.id, identity.details.get("number")}:
                return identity
        meant = nearest(project, [identity.id for identity in projects])
        hint = f'; did you mean "{meant}"?' if meant else ""
        raise RefusedError(f"Error 403: Project not found: {project}{hint}")

    def row(self, token: str, resource_id: str) -> Row:
        """The resource of that id.

        Raises:
            RefusedError: There is none.
        """
        row = self.store.get("gcp", token, resource_id)
        if row is not None:
            return row
        meant = nearest(resource_id, [row.id for row in self.store.list("gcp", token)])
        hint = f"; did you mean {meant}?" if meant else ""
        raise RefusedError(f"Error 404: {resource_id} was not found{hint}")


def _answer(row: Row) -> dict[str, Any]:
    """What a row says, with each block as a list of one too, as functions have them."""
    known = {**row.inputs, **row.outputs}
    found: dict[str, Any] = {"id": row.id}
    for name, value in known.items():
        if isinstance(value, dict):
            forms = (f"{name}s", f"{name}es", re.sub("y$", "ies", name))
            found |= {form: [value] for form in forms}
    return found | known | {"name": row.name}


def _project(question: Question) -> dict[str, Any]:
    identity = question.identity(question.text("projectId") or question.scope.account)
    return {
        "id": f"projects/{identity.id}",
        "projectId": identity.id,
        "name": str(identity.details.get("name") or identity.id),
        "number": str(identity.details["number"]),
        "labels": {},
        "effectiveLabels": {},
        "pulumiLabels": {},
        "autoCreateNetwork": True,
        "billingAccount": "",
        "orgId": "",
        "folderId": "",
        "tags": {},
    }


def _client_config(question: Question) -> dict[str, Any]:
    scope = question.scope
    zone = str(scope.settings.get("zone") or "")
    return {
        "id": f"projects/{scope.account}/regions/{scope.region}/zones/{zone}",
        "project": scope.account,
        "region": scope.region,
        "zone": zone,
        "accessToken": "ya29.sandbox",
        "defaultLabels": mapped(scope.settings.get("defaultLabels")),
    }


def _client_user(question: Question) -> dict[str, Any]:
    email = f"sandbox@{question.scope.account}.iam.gserviceaccount.com"
    return {"id": email, "email": email}


def _iam_policy(question: Question) -> dict[str, Any]:
    """The document as the provider writes it: bindings sorted, members too."""
    bindings: list[dict[str, Any]] = []
    for binding in map(mapped, listed(question.arguments.get("bindings"))):
        found = {"members": sorted(listed(binding.get("members"))), "role": binding.get("role")}
        if condition := binding.get("condition"):
            found = {"condition": condition, **found}
        bindings.append(found)
    bindings.sort(key=lambda each: str(each["role"]))
    document: dict[str, Any] = {"bindings": bindings}
    if audits := listed(question.arguments.get("auditConfigs")):
        document["auditConfigs"] = audits
    text = json.dumps(document, separators=(",", ":"))
    return {
        "policyData": text,
        "id": str(zlib.crc32(text.encode())),
        "bindings": listed(question.arguments.get("bindings")),
        "auditConfigs": audits,
    }


def _regions(question: Question) -> dict[str, Any]:
    return {
        "id": f"projects/{question.project}",
        "project": question.project,
        "names": list(_REGIONS),
        "status": question.text("status"),
    }


def _zones(question: Question) -> dict[str, Any]:
    region = question.text("region") or question.scope.region
    if not region:
        raise RefusedError("Cannot determine region: set it here, or set the provider's region")
    if region not in _ZONES:
        meant = nearest(region, _REGIONS) or "one of getRegions"
        raise RefusedError(f'region "{region}": the sandbox has no zones of it; use {meant}')
    return {
        "id": f"projects/{question.project}/regions/{region}",
        "project": question.project,
        "region": region,
        "names": [f"{region}-{letter}" for letter in _ZONES[region]],
        "status": question.text("status"),
    }


def _engine_versions(question: Question) -> dict[str, Any]:
    prefix = question.text("versionPrefix")
    versions = [each for each in _VERSIONS if each.startswith(prefix)]
    latest = versions[0] if versions else ""
    channels = dict.fromkeys(("RAPID", "REGULAR", "STABLE", "EXTENDED"), gke.VERSION)
    return {
        "id": f"{question.project}/{question.place}",
        "location": question.place,
        "project": question.project,
        "defaultClusterVersion": gke.VERSION,
        "latestMasterVersion": latest,
        "latestNodeVersion": latest,
        "validMasterVersions": versions,
        "validNodeVersions": versions,
        "releaseChannelDefaultVersion": channels,
        "releaseChannelLatestVersion": channels,
        "releaseChannelUpgradeTargetVersion": channels,
    }


def _multicloud_versions(question: Question) -> dict[str, Any]:
    return {
        "id": f"{question.project}/{question.place}",
        "location": question.place,
        "project": question.project,
        "validVersions": [f"{version.partition('-')[0]}-gke.1" for version in _VERSIONS],
        "supportedRegions": list(_REGIONS),
    }


def _locations(question: Question) -> dict[str, Any]:
    return {
        "id": f"projects/{question.project}/locations",
        "project": question.project,
        "locations": list(_REGIONS),
    }


def _cluster(question: Question) -> dict[str, Any]:
    start = f"projects/{question.project}/locations/{question.place}/clusters/"
    return _answer(question.row(gke.CLUSTER, start + question.text("name")))


def _service(question: Question) -> dict[str, Any]:
    start = f"projects/{question.project}/locations/{question.place}/services/"
    return _answer(question.row(run.SERVICE, start + question.text("name")))


def _account(question: Question) -> dict[str, Any]:
    given = question.text("accountId").rpartition("/")[2]
    email = given if "@" in given else f"{given}@{question.project}.iam.gserviceaccount.com"
    row = question.row(security.ACCOUNT, f"projects/{question.project}/serviceAccounts/{email}")
    return {**_answer(row), "name": row.id, "disabled": bool(row.inputs.get("disabled"))}


def _default_account(question: Question) -> dict[str, Any]:
    number = question.identity(question.project).details["number"]
    email = f"{number}-compute@developer.gserviceaccount.com"
    name = f"projects/{question.project}/serviceAccounts/{email}"
    return {
        "id": name,
        "name": name,
        "email": email,
        "member": f"serviceAccount:{email}",
        "displayName": "Compute Engine default service account",
        "project": question.project,
        "uniqueId": f"1{int(number):020d}",
    }


def _agent(template: str) -> Callable[[Question], dict[str, Any]]:
    """The account that a service of the project acts as, by its number."""

    def answer(question: Question) -> dict[str, Any]:
        number = question.identity(question.project).details["number"]
        email = f"{template.format(number)}.iam.gserviceaccount.com"
        return {
            "id": email,
            "email": email,
            "emailAddress": email,
            "serviceAccountId": email,
            "member": f"serviceAccount:{email}",
            "project": question.project,
            "subjectId": f"1{int(number):020d}",
        }

    return answer


def _approver(start: str, argument: str) -> Callable[[Question], dict[str, Any]]:
    """The account that Access Approval acts as for a project, a folder or an organization."""

    def answer(question: Question) -> dict[str, Any]:
        owner = question.text(argument)
        number = question.identity(owner).details["number"] if start == "p" else owner
        name = f"{argument.removesuffix('Id')}s/{owner}/serviceAccount"
        email = f"service-{start}{number}@gcp-sa-accessapproval.iam.gserviceaccount.com"
        return {"id": name, "name": name, "accountEmail": email, argument: owner}

    return answer


def _bucket(question: Question) -> dict[str, Any]:
    return _answer(question.row(storage.BUCKET, question.text("name")))


def _key_ring(question: Question) -> dict[str, Any]:
    start = f"projects/{question.project}/locations/{question.place}/keyRings/"
    return _answer(question.row(security.RING, start + question.text("name")))


def _crypto_key(question: Question) -> dict[str, Any]:
    ring = question.text("keyRing")
    return _answer(question.row(security.KEY, f"{ring}/cryptoKeys/{question.text('name')}"))


def _secret(question: Question) -> dict[str, Any]:
    secret_id = f"projects/{question.project}/secrets/{question.text('secretId')}"
    row = question.row(security.SECRET, secret_id)
    return {**_answer(row), "name": row.outputs.get("name")}


def _secret_version(question: Question) -> dict[str, Any]:
    given = question.text("secret").rpartition("/")[2]
    secret = question.row(security.SECRET, f"projects/{question.project}/secrets/{given}")
    versions = question.store.starting("gcp", security.SECRET_VERSION, f"{secret.id}/versions/")
    wanted = question.text("version")
    numbers = [int(row.id.rpartition("/")[2]) for row in versions]
    if not numbers:
        raise RefusedError(f"Error 404: {secret.id} has no versions")
    number = wanted if wanted and wanted != "latest" else str(max(numbers))
    row = question.row(security.SECRET_VERSION, f"{secret.id}/versions/{number}")
    data: Any = row.inputs.get("secretData")
    if question.arguments.get("isSecretDataBase64") and isinstance(data, str):
        data = base64.b64encode(data.encode()).decode()
    return {
        **_answer(row),
        "secret": secret.name,
        "secretData": data,
        "version": number,
        "enabled": row.inputs.get("enabled", True),
        "name": row.id,
    }


def _repository(question: Question) -> dict[str, Any]:
    start = f"projects/{question.project}/locations/{question.place}/repositories/"
    return _answer(question.row(storage.REPOSITORY, start + question.text("repositoryId")))


def _link(question: Question) -> str:
    link = question.text("selfLink")
    return link[link.index("projects/") :] if "projects/" in link else ""


def _network(question: Question) -> dict[str, Any]:
    own = f"projects/{question.project}/global/networks/{question.text('name')}"
    row = question.row(network.NETWORK, _link(question) or own)
    subnetworks = question.store.list("gcp", network.SUBNETWORK, account=row.account)
    links = {row.id, row.name, str(row.outputs.get("selfLink"))}
    return {
        **_answer(row),
        "subnetworksSelfLinks": [
            str(each.outputs.get("selfLink"))
            for each in subnetworks
            if (each.inputs | each.outputs).get("network") in links
        ],
    }


def _subnetwork(question: Question) -> dict[str, Any]:
    region = question.text("region") or question.scope.region
    own = f"projects/{question.project}/regions/{region}/subnetworks/{question.text('name')}"
    row = question.row(network.SUBNETWORK, _link(question) or own)
    return {"secondaryIpRanges": [], "privateIpGoogleAccess": False, **_answer(row)}


FUNCTIONS: dict[str, Callable[[Question], dict[str, Any]]] = {
    "gcp:artifactregistry/getLocations:getLocations": _locations,
    "gcp:artifactregistry/getRepository:getRepository": _repository,
    "gcp:cloudrun/getLocations:getLocations": _locations,
    "gcp:cloudrunv2/getService:getService": _service,
    "gcp:compute/getDefaultServiceAccount:getDefaultServiceAccount": _default_account,
    "gcp:compute/getNetwork:getNetwork": _network,
    "gcp:compute/getRegions:getRegions": _regions,
    "gcp:compute/getSubnetwork:getSubnetwork": _subnetwork,
    "gcp:compute/getZones:getZones": _zones,
    "gcp:container/getAttachedVersions:getAttachedVersions": _multicloud_versions,
    "gcp:container/getAwsVersions:getAwsVersions": _multicloud_versions,
    "gcp:container/getAzureVersions:getAzureVersions": _multicloud_versions,
    "gcp:container/getCluster:getCluster": _cluster,
    "gcp:container/getEngineVersions:getEngineVersions": _engine_versions,
    "gcp:kms/getKMSCryptoKey:getKMSCryptoKey": _crypto_key,
    "gcp:kms/getKMSKeyRing:getKMSKeyRing": _key_ring,
    "gcp:logging/getProjectCmekSettings:getProjectCmekSettings": _agent(
        "service-{}@gcp-sa-logging"
    ),
    "gcp:organizations/getClientConfig:getClientConfig": _client_config,
    "gcp:organizations/getClientOpenIdUserInfo:getClientOpenIdUserInfo": _client_user,
    "gcp:organizations/getIAMPolicy:getIAMPolicy": _iam_policy,
    "gcp:organizations/getProject:getProject": _project,
    "gcp:secretmanager/getSecret:getSecret": _secret,
    "gcp:secretmanager/getSecretVersion:getSecretVersion": _secret_version,
    "gcp:serviceaccount/getAccount:getAccount": _account,
    "gcp:storage/getBucket:getBucket": _bucket,
    "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": _agent(
        "service-{}@gs-project-accounts"
    ),
    "gcp:storage/getTransferProjectServiceAccount:getTransferProjectServiceAccount": _agent(
        "project-{}@storage-transfer-service"
    ),
    "gcp:bigquery/getDefaultServiceAccount:getDefaultServiceAccount": _agent(
        "bq-{}@bigquery-encryption"
    ),
    **{
        f"gcp:accessapproval/get{owner}ServiceAccount:get{owner}ServiceAccount": _approver(
            owner[:1].lower(), f"{owner.lower()}Id"
        )
        for owner in ("Project", "Folder", "Organization")
    },
}
