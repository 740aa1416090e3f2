"""Whom an instance acts as, what that account may read, and what Cloud Run's own agent may.

A right is taken away by what it says, member and place. So it is a resource of its place: one that
were of the model's version would be replaced when the model moves, and an `up` that fails and then
goes back would end by taking away what it had just granted again. A revision that serves beside a
candidate keeps the right to where its own model is, wherever the settings have it meanwhile.

What an instance prints is logged by Cloud Run itself, and needs no right of the account.
https://cloud.google.com/run/docs/logging
"""

import hashlib
from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.gcp.bucket_grant import READER, below, bucket_and_path, grant
from components.gcp.cloud_run.cloud_run_code import Code, folder
from components.gcp.names import account_id, agent, project_number
from components.serving import Core
from facts.cloud_run import SECRET_VERSION
from facts.strategies import slug

__all__ = ["CloudRunIdentity"]

# https://cloud.google.com/run/docs/configuring/services/service-identity#service-agent
_AGENT: Final = "serverless-robot-prod"
_USES_KEYS: Final = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
_READS_SECRETS: Final = "roles/secretmanager.secretAccessor"
_GS: Final = "gs://"
_HASH: Final = 8


class CloudRunIdentity:
    """The account of the instances; of a given one the rights are somebody else's to grant."""

    def __init__(
        self,
        core: Core,
        *,
        project: pulumi.Input[str],
        given: pulumi.Input[str] | None,
        parent: pulumi.Resource,
    ) -> None:
        self._core = core
        self._parent = parent
        self.agent = agent(project_number(project, parent), _AGENT)
        self._account: list[pulumi.Resource] = []
        self._member: pulumi.Input[str] | None = None
        if given is not None:
            self.email: pulumi.Input[str] = given
            return
        # Vertex AI's account of the same model may still be there when the model moves here.
        identity = account_id(core.physical_name_as("run"))
        account = gcp.serviceaccount.Account(
            f"{core.name}-account",
            account_id=identity,
            project=project,
            display_name=f"Instances of {core.physical_name} on Cloud Run",
            opts=pulumi.ResourceOptions(parent=parent),
        )
        # By its parts: a preview knows them before the account is there.
        self.email = pulumi.Output.concat(identity, "@", project, ".iam.gserviceaccount.com")
        self._member = pulumi.Output.concat("serviceAccount:", self.email)
        self._account.append(account)

    def allow(
        self,
        code: Code,
        secrets: dict[str, str],
        *,
        bucket: pulumi.Input[str] | None,
        key: pulumi.Input[str] | None,
    ) -> list[pulumi.Resource]:
        """The models' folders and secrets to the account; archives and key to Cloud Run's agent."""
        name, child = self._core.name, pulumi.ResourceOptions(parent=self._parent)
        made = list(self._account)
        if self._member is not None:
            made += self._models(code, self._member)
            made += self._secrets(secrets, self._member)
        if bucket is not None and code.archives is not None:
            place, role = self._archives(bucket), f"{name}-source-agent"
            now = _of_place(f"{name}-source", bucket) if isinstance(bucket, str) else role
            made.append(self._reads(now, place, self.agent, formerly=[role]))
        if key is not None:
            made.append(
                gcp.kms.CryptoKeyIAMMember(
                    f"{name}-key-agent",
                    crypto_key_id=key,
                    role=_USES_KEYS,
                    member=self.agent,
                    # The agent is one for the project: other services of it use the key as well,
                    # and lose their instances when the right goes with this one.
                    opts=pulumi.ResourceOptions.merge(
                        child, pulumi.ResourceOptions(retain_on_delete=True)
                    ),
                )
            )
        return made

    def let_read_profile(self, uri: pulumi.Input[str]) -> list[pulumi.Resource]:
        """What instances compare requests with to the account, whatever models there are."""
        if self._member is None:
            return []
        role, title = f"{self._core.name}-drift-profile", f"{self._core.physical_name} drift"
        return [self._reads(role, uri, self._member, after=self._account, title=title)]

    def needs(self, secrets: dict[str, str]) -> list[str]:
        """What an instance starts with that goes when its arguments do, rights to it included."""
        if self._member is None:
            return []
        return ["a service account of its own", *_distinct(secrets)]

    def keep(
        self, code: Code, *, model: pulumi.Output[str], bucket: pulumi.Output[str]
    ) -> list[pulumi.Resource]:
        """What the stable revision reads beside a candidate, from where it was made with.

        They have a title of their own: what else grants the same may come and go.
        """
        name, title = self._core.name, f"{self._core.physical_name} stable"
        made: list[pulumi.Resource] = []
        granted = next(filter(_is_granted, code.uris.values()), None)
        if self._member is not None and granted is not None:
            # One that was in the image or the archive needs none; a right to another is there.
            place = pulumi.Output.all(model, granted).apply(
                lambda uris: uris[0] if _is_granted(uris[0]) else uris[1]
            )
            role = f"{name}-stable-model"
            made.append(self._reads(role, place, self._member, after=self._account, title=title))
        if code.archives is not None:
            place = self._archives(bucket)
            made.append(self._reads(f"{name}-stable-source", place, self.agent, title=title))
        return made

    def _models(self, code: Code, member: pulumi.Input[str]) -> list[pulumi.Resource]:
        """One right for each place; one that is known later is told by its version.

        In its title too: the other version's may be of the same place, and goes by itself.
        """
        name = self._core.name
        made: list[pulumi.Resource] = []
        found: dict[str, tuple[str, list[str]]] = {}
        for version, uri in code.uris.items():
            if not _is_granted(uri):
                continue  # In the image or the archive, or at another cloud.
            role = f"{name}-{slug(version)}-model"
            if isinstance(uri, str):
                found.setdefault(_of_place(f"{name}-model", uri), (uri, []))[1].append(role)
            else:
                title = f"{self._core.physical_name} version {slug(version)}"
                made.append(self._reads(role, uri, member, after=self._account, title=title))
        return made + [
            self._reads(now, uri, member, after=self._account, formerly=roles)
            for now, (uri, roles) in found.items()
        ]

    def _archives(self, bucket: pulumi.Input[str]) -> pulumi.Output[str]:
        return pulumi.Output.concat(_GS, bucket, "/", folder(self._core))

    def _secrets(self, secrets: dict[str, str], member: pulumi.Input[str]) -> list[pulumi.Resource]:
        name = self._core.name
        return [
            gcp.secretmanager.SecretIamMember(
                f"{name}-secret-{secret.rpartition('/')[2]}",
                project=secret.split("/")[1],
                secret_id=secret.rpartition("/")[2],
                role=_READS_SECRETS,
                member=member,
                opts=pulumi.ResourceOptions(parent=self._parent, depends_on=self._account),
            )
            for secret in _distinct(secrets)
        ]

    def _reads(
        self,
        resource_name: str,
        uri: pulumi.Input[str],
        member: pulumi.Input[str],
        *,
        after: Sequence[pulumi.Resource] = (),
        formerly: Sequence[str] = (),
        title: str = "",
    ) -> pulumi.Resource:
        known = pulumi.Output.from_input(uri).apply(bucket_and_path)
        service = self._core.physical_name
        return grant(
            resource_name,
            bucket=known.apply(lambda parts: parts[0]),
            expression=known.apply(lambda parts: below(parts[0], [parts[1]])),
            role=READER,
            member=member,
            title=title or service,
            what=f"What {service} reads, nothing else",
            parent=self._parent,
            after=after,
            formerly=[role for role in formerly if role != resource_name],
        )


def _is_granted(uri: pulumi.Input[str]) -> bool:
    return not isinstance(uri, str) or uri.startswith(_GS)


def _of_place(start: str, uri: str) -> str:
    """The name of the right to a place; the same place has the same each time."""
    place = "/".join(bucket_and_path(uri))
    return f"{start}-{hashlib.sha256(place.encode()).hexdigest()[:_HASH]}"


def _distinct(secrets: dict[str, str]) -> list[str]:
    return sorted({*map(_secret, secrets.values())})


def _secret(reference: str) -> str:
    match = SECRET_VERSION.fullmatch(reference)
    return f"projects/{match['project']}/secrets/{match['secret']}" if match else reference
