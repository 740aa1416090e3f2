"""The state in an object store: locks are judged where the real engine writes them.

S3, Cloud Storage and Blob Storage are the sandbox's, which the engine asks by the vendors' own
clients.
"""

import os
import signal

import pytest

from sandbox.stackfile import encryption_lines, init_arguments
from sandbox.store import Fault, Row

from .conftest import ROOT, Sandbox
from .running import running_up, wait_until

pytestmark = pytest.mark.engine

ROLE = "aws:iam/role:Role"
PROGRAM = """
import json, pulumi_aws as aws
tags = {"model-serving:model": "iris", "model-serving:owner": "ml"}
aws.iam.Role("role", tags=tags, assume_role_policy=json.dumps({
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"Service": "lambda.amazonaws.com"}}]}))
"""
ACCOUNT = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/models/providers"
    "/Microsoft.Storage/storageAccounts/pulumistates"
)
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/states"
AZURE = "azure-native:storage"
# Each with a path, below which the engine keeps all that is its own; and what an object is there.
STORES = {
    "s3": ("s3://states/team?region=eu-west-1&use_path_style=true", "s3:Object"),
    "gs": ("gs://states/team", "gcs:Object"),
    "azblob": ("azblob://states/team?storage_account=pulumistates", f"{AZURE}:Blob"),
}
LOCKS = "team/.pulumi/locks/organization/tiny/"


@pytest.mark.parametrize("scheme", STORES)
def test_a_dead_lock_in_a_bucket_is_cleared_and_a_living_one_is_not(
    sandbox: Sandbox, scheme: str
) -> None:
    url, kind = STORES[scheme]
    folder = sandbox.project(PROGRAM, {"aws:region": "eu-west-1"})
    (folder / "stacks" / "models").mkdir(parents=True)
    inside = [ROOT / "sandbox" / "run", "env", f"PULUMI_BACKEND_URL={url}"]
    serving = [*inside, ROOT / ".venv" / "bin" / "serving"]

    def locks() -> list[str]:
        with sandbox.store() as store:
            rows = store.query("SELECT id FROM resources WHERE token = ?", (kind,))
        return [row[0].partition(LOCKS)[2] for row in rows if LOCKS in row[0]]

    with sandbox.store() as store:
        for bucket in ("s3:Bucket", "gcs:Bucket"):
            store.put(Row("registries", bucket, "states", name="states"))
        store.put(Row("azure-native", f"{AZURE}:StorageAccount", ACCOUNT, name="pulumistates"))
        store.put(Row("azure-native", f"{AZURE}:BlobContainer", CONTAINER, name="states"))
        store.add_fault(Fault(ROLE, "create", "late_answer", seconds=600))
    settings = folder / "Pulumi.dev.yaml"
    settings.write_text(settings.read_text() + encryption_lines(sandbox.encryption))
    init = ("pulumi", "stack", "init", "dev", *init_arguments(sandbox.encryption))
    sandbox.run(*inside, *init, cwd=folder)
    # Without `serving`, whose own hold of the stack would be found first.
    plain = ("pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev")
    with running_up(sandbox, folder, [*inside, *plain]) as up:
        wait_until(lambda: _is_made(sandbox) or up.process.poll() is not None, 120, "it is made")
        assert up.process.poll() is None, up.log()
        # The first is the launcher's, which has the same words.
        engine = max(up.processes.living("/pulumi up "))
        (held,) = locks()
        refused = sandbox.run(*serving, "recover", "--env", "dev", cwd=folder, check=False)
        assert refused.returncode == 1
        assert f"dev is locked by process {engine} of " in refused.stderr
        assert locks() == [held]
        os.kill(engine, signal.SIGKILL)
        up.ends()
    assert locks() == [held]
    go = ("--", "--skip-preview", "--non-interactive", "--config", "tiny:a=b")
    again = sandbox.run(*serving, "up", "--env", "dev", "--yes", *go, cwd=folder, check=False)
    assert again.returncode == 0, again.stdout + again.stderr
    assert f"Cleared the lock of process {engine} of " in again.stderr
    assert "Adopted: role (aws:iam/role:Role) role-" in again.stderr
    assert locks() == []
    with sandbox.store() as store:
        assert len([row for row in store.list("aws", ROLE) if row.name.startswith("role-")]) == 1


def _is_made(sandbox: Sandbox) -> bool:
    with sandbox.store() as store:
        return any((each.operation, each.token) == ("create", ROLE) for each in store.events())
