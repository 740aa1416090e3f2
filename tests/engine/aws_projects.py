"""Projects with one model on AWS that tests begin from, and the code of functions."""

import zipfile
from pathlib import Path

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

BUCKET = "s3://example-models/fraud"


def sagemaker_endpoint(sandbox: Sandbox, **more: object) -> ComponentProject:
    """Version 1.4.0 of `fraud` behind an endpoint; `more` arguments go over the least."""
    return ComponentProject(
        sandbox,
        "aws",
        "components.aws.sagemaker.sagemaker_endpoint",
        "SageMakerEndpoint",
        "fraud",
        {
            "environment": "dev",
            "owner": "team-risk",
            "model_version": "1.4.0",
            "model_uri": f"{BUCKET}/1.4.0/model.tar.gz",
            "framework": "xgboost",
            "instance_type": "ml.m5.large",
            **more,
        },
    )


def function_code(path: Path, content: str) -> str:
    """A function's package: its path, for `code_path`."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("handler.py", content)
    return str(path)
