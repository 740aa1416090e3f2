"""The package's schema: what `pulumi import`, the engine and SDK generation know of it."""

import json
from typing import Any, Final

from provider import VERSION
from provider.aws import lambda_deployment_inputs as lambda_deployment
from provider.aws import sagemaker_live_component_inputs as live_component
from provider.aws import sagemaker_live_endpoint_inputs as live_endpoint
from provider.aws import sagemaker_model_package as model_package
from provider.aws import sagemaker_transform_job_inputs as transform_job
from provider.azure import azure_ml_batch_default_inputs as azure_ml_batch_default
from provider.azure import azure_ml_live_values_inputs as azure_ml_live_values
from provider.azure import azure_ml_traffic_inputs as azure_ml_traffic
from provider.gcp import vertex_batch_prediction_job_inputs as vertex_batch
from provider.gcp import vertex_deployed_model_inputs as vertex_deployed
from provider.gcp import vertex_model_inputs as vertex_model
from provider.gcp import vertex_traffic_split_inputs as vertex_split

_REGION: Final[dict[str, Any]] = {
    "type": "string",
    "description": "AWS region. Default: AWS_REGION, or the profile's region.",
}
_CONFIG: Final[dict[str, Any]] = {
    "region": _REGION,
    "profile": {
        "type": "string",
        "description": "Profile in the AWS configuration files. Default: the environment's.",
    },
    "allowedAccountIds": {
        "type": "array",
        "items": {"type": "string"},
        "description": (
            "AWS accounts that may be changed; credentials of any other one are refused before "
            "the first call. Default: any account."
        ),
    },
}


def schema() -> str:
    """The package's schema as JSON text."""
    return json.dumps(
        {
            "name": "serving",
            "version": VERSION,
            "displayName": "Model serving",
            "description": "What the official providers lack to put models into production.",
            "license": "Apache-2.0",
            "pluginDownloadURL": "",
            "config": {"variables": _CONFIG},
            "provider": {
                "description": "Where the resources of this package are.",
                "inputProperties": _CONFIG,
            },
            "functions": {model_package.TYPE: model_package.SCHEMA},
            "resources": {
                azure_ml_batch_default.TYPE: azure_ml_batch_default.SCHEMA,
                azure_ml_live_values.TYPE: azure_ml_live_values.SCHEMA,
                azure_ml_traffic.TYPE: azure_ml_traffic.SCHEMA,
                lambda_deployment.TYPE: lambda_deployment.SCHEMA,
                live_component.TYPE: live_component.SCHEMA,
                live_endpoint.TYPE: live_endpoint.SCHEMA,
                transform_job.TYPE: transform_job.SCHEMA,
                vertex_batch.TYPE: vertex_batch.SCHEMA,
                vertex_deployed.TYPE: vertex_deployed.SCHEMA,
                vertex_model.TYPE: vertex_model.SCHEMA,
                vertex_split.TYPE: vertex_split.SCHEMA,
            },
        }
    )
