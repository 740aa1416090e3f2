"""The function `getSageMakerModelPackage` through the real engine, in a preview and in `up`."""

import pytest

from sandbox.api.sagemaker_registry import PACKAGE
from sandbox.store import Row
from tests.engine.conftest import Sandbox
from tests.engine.first_party_project import first_party_folder

pytestmark = pytest.mark.engine

_ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/fraud/4"
_PROGRAM = f"""
import pulumi

from components.aws.sagemaker.sagemaker_model_package import model_package
from components.serving_provider import ServingProvider


class Deployed(pulumi.ComponentResource):
    def __init__(self, opts):
        super().__init__("test:index:Deployed", "deployed", None, opts)
        found = model_package("{_ARN}", pulumi.InvokeOptions(parent=self))
        pulumi.export("image", found["image"])
        pulumi.export("version", found["version"])


serving = ServingProvider("serving", region="eu-west-1")
Deployed(pulumi.ResourceOptions(providers=[serving]))
"""


def test_only_an_approved_version_passes_a_preview(sandbox: Sandbox) -> None:
    config = {"pulumi:disable-default-providers": ["*"]}
    folder = first_party_folder(sandbox, _PROGRAM, config, "package")

    def approve(status: str) -> None:
        live = {
            "ModelPackageGroupName": "fraud",
            "ModelPackageVersion": 4,
            "ModelApprovalStatus": status,
            "InferenceSpecification": {"Containers": [{"Image": "fraud:4"}]},
        }
        row = Row(provider="aws", token=PACKAGE, id=_ARN, name="fraud/4", live=live)
        with sandbox.store() as store:
            store.put(row.replace(account="123456789012", region="eu-west-1"))

    preview = ("preview", "--non-interactive", "--stack", "dev")
    approve("PendingManualApproval")
    refused = sandbox.pulumi(*preview, cwd=folder, check=False)
    assert refused.returncode != 0
    assert "is PendingManualApproval; only an Approved one" in refused.stdout + refused.stderr
    assert "Whoever may sagemaker:UpdateModelPackage" in refused.stdout + refused.stderr

    approve("Approved")
    assert "fraud:4" in sandbox.pulumi(*preview, cwd=folder).stdout
    sandbox.up(folder)
    assert sandbox.outputs(folder) == {"image": "fraud:4", "version": 4}
