"""Arguments that VertexEndpoint refuses, each with what to use instead."""

from typing import Any

import pulumi
import pytest

from components.gcp.vertex.vertex_endpoint import VertexEndpoint
from tests.unit.component_mocks import record
from tests.unit.test_vertex_endpoint import CANDIDATE, IMAGE, KEY, MINIMAL, NETWORK, REGISTERED


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"model_uri": "s3://x/y"}, "model_uri: got 's3://x/y'; use gs://bucket/folder"),
        ({"model_uri": "gs://x/1/model.joblib"}, "use the folder that the file is in"),
        ({"model_uri": f"{REGISTERED[:-1]}golden"}, "aliases move"),
        ({"model_uri": REGISTERED.replace("west4", "west1")}, "use a version in europe-west4"),
        ({"environment": "Dev_1"}, "name: got 'fraud-Dev_1'; use with environment lower case"),
        (CANDIDATE | {"candidate_uri": "x"}, "candidate_uri: got 'x'; use gs://bucket/folder"),
        (CANDIDATE | {"candidate_version": "1-4-0"}, "both are named 1-4-0"),
        ({"framework": "onnx"}, "framework: got 'onnx'; use one of sklearn, xgboost"),
        ({"image": "docker.io/x"}, "image: got 'docker.io/x'; use an image in Artifact Registry"),
        ({"port": 9000}, "port: got 9000; use it with an image of one's own"),
        ({"image": IMAGE, "env": {"AIP_X": "1"}}, "env: got 'AIP_X'; use names of letters"),
        ({"image": IMAGE, "predict_route": "x"}, "predict_route: got 'x'; use a path"),
        ({"candidate_image": IMAGE}, "use it beside a candidate"),
        ({"model_uri": REGISTERED, "image": IMAGE}, "use no image: a registered model has its own"),
        ({"model_uri": REGISTERED}, "framework: got 'sklearn'; use none"),
        ({"min_replicas": 0}, "min_replicas: got 0; use a whole number from 1 to 1000"),
        ({"accelerator": "nvidia-l4"}, "Google's container for sklearn uses no GPU"),
        ({"accelerator": "nvidia-b300"}, "accelerator: got 'nvidia-b300'; use one of"),
        ({"accelerator": "nvidia-t4", "accelerator_count": 3}, "not 3 of it"),
        ({"accelerator_count": 2}, "accelerator_count: got 2; use it beside accelerator"),
        ({"machine_type": "g2-standard-4"}, "accelerator has to name it"),
        ({"machine_type": "c3.large"}, "machine_type: got 'c3.large'; use a type such as"),
        (
            {"machine_type": "g2-standard-4", "accelerator": "nvidia-t4"},
            "another: g2-standard-4 carries nvidia-l4",
        ),
        ({"scaling_metric": "concurrency"}, "scaling_metric: got 'concurrency'; use one of"),
        ({"scaling_metric": "gpu"}, "use cpu or requests, or an accelerator beside it"),
        ({"scaling_target": 101}, "scaling_target: got 101; use a whole number from 1 to 100"),
        ({"scaling_metric": "requests"}, "use the requests of a replica and minute"),
        ({"endpoint_type": "internal"}, "endpoint_type: got 'internal'; use one of dedicated"),
        ({"endpoint_type": "private_service_connect"}, "allowed_projects: got None"),
        ({"allowed_projects": ["example-shop"]}, "it with endpoint_type private_service_connect"),
        (
            {
                "endpoint_type": "private_service_connect",
                "allowed_projects": ["example-shop"],
                "consumer_networks": ["projects/other-one/global/networks/a"],
            },
            "use networks of allowed_projects",
        ),
        ({"endpoint_type": "peered"}, "network: got None; use projects/<number>/global/networks"),
        ({"network": NETWORK}, "it with endpoint_type peered"),
        (
            CANDIDATE | {"endpoint_type": "peered", "network": NETWORK},
            "use none: a peered endpoint serves one model",
        ),
        (
            {"endpoint_type": "peered", "network": NETWORK, "capture_percent": 1},
            "a peered endpoint does not log requests",
        ),
        ({"capture_percent": 101}, "capture_percent: got 101; use a whole number from 0 to 100"),
        ({"capture_percent": 1, "capture_uri": "gs://x/y"}, "use bq://project.dataset.table"),
        ({"capture_days": 3}, "use it with capture_percent, or not at all"),
        ({"resource_pool": "shared"}, "no other shares machines"),
        (
            {"framework": "tensorflow", "resource_pool": "shared", "max_replicas": 4},
            "max_replicas: got 4; use what the pool has",
        ),
        ({"region": "westeurope"}, "region: got 'westeurope'; use a region"),
        ({"key": KEY.replace("europe-west4", "us-east1")}, "use a key of europe-west4"),
        ({"service_account": "me@example.com"}, "use the email of a Google service account"),
        ({"notification_channels": ["#team"]}, "use projects/…/notificationChannels/…"),
        ({"project": ""}, "project: got ''"),
        ({"shift": "canary"}, "shift: no such argument"),
    ],
)
def test_refused_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        record(VertexEndpoint, "fraud", MINIMAL | change)
    assert problem in str(raised.value)
