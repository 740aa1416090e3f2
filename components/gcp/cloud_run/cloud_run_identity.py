"""Whom an instance acts as, what that account may read, and what Cloud Run's own agent may.

What an instance prints is logged by Cloud Run itself, and needs no right of the account.
https://cloud.google.com/run/docs/logging
"""

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
        self.grants: list[pulumi.Resource] = []
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
        self.grants.append(account)

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
        made = list(self.grants)
        if self._member is not None:
            for version, uri in code.uris.items():
                if isinstance(uri, str) and not uri.startswith(_GS):
                    continue  # In the image or the archive, or at another cloud.
                made.append(
                    self._reads(
                        f"{name}-{slug(version)}-model", uri, self._member, after=self.grants
                    )
                )
            made += self._secrets(secrets, self._member)
        if bucket is not None and code.archives is not None:
            place = pulumi.Output.concat(_GS, bucket, "/", folder(self._core))
            made.append(self._reads(f"{name}-source-agent", place, self.agent))
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

    def _secrets(self, secrets: dict[str, str], member: pulumi.Input[str]) -> list[pulumi.Resource]:
        name, found = self._core.name, sorted({*map(_secret, secrets.values())})
        return [
            gcp.secretmanager.SecretIamMember(
                f"{name}-secret-{secret.rpartition('/')[2]}",
                project=secret.split("/")[1],
                secret_id=secret.rpartition("/")[2],
                role=_READS_SECRETS,
                member=member,
                opts=pulumi.ResourceOptions(parent=self._parent, depends_on=self.grants),
            )
            for secret in found
        ]

    def _reads(
        self,
        resource_name: str,
        uri: pulumi.Input[str],
        member: pulumi.Input[str],
        *,
        after: Sequence[pulumi.Resource] = (),
    ) -> pulumi.Resource:
        known = pulumi.Output.from_input(uri).apply(bucket_and_path)
        title = self._core.physical_name
        return grant(
            resource_name,
            bucket=known.apply(lambda parts: parts[0]),
            expression=known.apply(lambda parts: below(parts[0], [parts[1]])),
            role=READER,
            member=member,
            title=title,
            what=f"What {title} reads, nothing else",
            parent=self._parent,
            after=after,
        )


def _secret(reference: str) -> str:
    match = SECRET_VERSION.fullmatch(reference)
    return f"projects/{match['project']}/secrets/{match['secret']}" if match else reference
