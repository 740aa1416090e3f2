"""What AWS does not allow is refused by the preview, all of it at once and once each."""

import pytest

from .conftest import Sandbox

pytestmark = pytest.mark.engine

PROGRAM = """
import pulumi, pulumi_aws as aws
on = pulumi.ResourceOptions(provider=aws.Provider("aws", region="eu-west-1"))
aws.sagemaker.EndpointConfiguration("config", name="a_b", production_variants=[{
    "variant_name": "stable", "model_name": "model", "instance_type": "ml.m5.larg",
    "initial_instance_count": 0}], opts=on)
aws.sagemaker.EndpointConfiguration("good", name="a-b", production_variants=[{
    "variant_name": "stable", "model_name": "model", "instance_type": "ml.m5.large",
    "initial_instance_count": 1}], opts=on)
"""
PAGES = "https://docs.aws.amazon.com/sagemaker/latest/APIReference"


def test_the_preview_refuses_what_aws_does_not_allow(sandbox: Sandbox) -> None:
    project = sandbox.project(PROGRAM)
    preview = ("preview", "--non-interactive", "--stack", "dev")
    done = sandbox.pulumi(*preview, cwd=project, check=False)
    assert done.returncode != 0
    told = " ".join((done.stdout + done.stderr).split())
    for part in (
        'did you mean "ml.m5.large"?',
        f"({PAGES}/API_ProductionVariant.html, botocore ",
        "got 0; use at least 1",
        'got "a_b"; use what matches',
    ):
        assert part in told
