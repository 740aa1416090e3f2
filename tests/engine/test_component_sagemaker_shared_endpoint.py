"""SageMakerSharedEndpoint through the real engine, with the models of two teams on it."""

import json
from typing import Any

import pytest

from tests.engine.component_project import Change, ComponentProject
from tests.engine.conftest import Sandbox
from tests.engine.sagemaker_components import before, live_components

pytestmark = pytest.mark.engine

_MODELS = """
from components.aws.sagemaker.sagemaker_inference_component import SageMakerInferenceComponent

for name, arguments in json.loads(Path("models.json").read_text()).items():
    SageMakerInferenceComponent(
        name, arguments, pulumi.ResourceOptions(providers=providers, depends_on=[made])
    )
"""


class _Pool(ComponentProject):
    """The endpoint, and the files of the models on it."""

    models: dict[str, dict[str, Any]]

    def deploy(self, *, fails: bool = False, **models: dict[str, Any]) -> Change:
        """Deploy with changed models; None takes an argument away, nothing at all the model."""
        for name, changes in models.items():
            merged = {**self.models.get(name, {}), **changes}
            self.models[name] = {key: one for key, one in merged.items() if one is not None}
        told = {name: arguments for name, arguments in self.models.items() if arguments}
        (self.folder / "models.json").write_text(json.dumps(told))
        return self.up(fails=fails)


def _pool(sandbox: Sandbox) -> _Pool:
    pool = _Pool(
        sandbox,
        "aws",
        "components.aws.sagemaker.sagemaker_shared_endpoint",
        "SageMakerSharedEndpoint",
        "pool",
        {
            "environment": "dev",
            "owner": "platform",
            "instance_type": "ml.m5.large",
            "min_replicas": 0,
            "max_replicas": 2,
            "artifact_prefixes": ["s3://example-models/"],
        },
        then=_MODELS,
    )
    pool.models = {name: _model(name) for name in ("churn", "prices")}
    return pool


def _model(name: str, version: str = "1") -> dict[str, Any]:
    return {
        "environment": "dev",
        "owner": f"team-{name}",
        "model_version": version,
        "model_uri": f"s3://example-models/{name}/{version}/model.tar.gz",
        "framework": "sklearn",
        "memory_mib": 4096,
        "server": "pool-dev",
    }


def test_life(sandbox: Sandbox) -> None:
    pool = _pool(sandbox)
    created = pool.deploy()
    for name in ("churn", "prices"):
        before(created.order, ("create", "pool-live"), ("create", f"{name}-pool-dev-component"))
    with live_components(sandbox) as live:
        assert live.copies("pool-dev-churn") == live.copies("pool-dev-prices") == (1, 1)
        assert live.instances("pool-dev") == 1
        assert pool.deploy().steps == {}

        # A next version of one: neither the endpoint nor the other's component is touched.
        rolled = pool.deploy(churn=_model("churn", "2"))
        assert rolled.names("update") == {"churn-live-component"}
        assert rolled.names("replace") == {"churn-model", "churn-role-policy"}

        # More than the instances have: SageMaker's words, and what is there stays.
        crowded = pool.deploy(fails=True, churn={"min_replicas": 4})
        assert "has 3 of 4 copies in service" in crowded.output
        assert "Not enough hardware resources" in crowded.output
        assert live.copies("pool-dev-prices") == (1, 1)
        pool.deploy(churn={"min_replicas": None, "max_replicas": 3})

        # Other machines: a new configuration before the old one goes, and all copies stay.
        copies = live.copies("pool-dev-churn")
        larger = pool.up(instance_type="ml.m5.xlarge", min_replicas=1, max_replicas=1)
        assert larger.names("replace") == {"pool-configuration"}
        assert larger.names("update") == {"pool-live"}
        assert larger.replaced_in_turn("pool-configuration")
        assert live.copies("pool-dev-churn") == copies
        # How many instances there are is SageMaker's own, whatever the configuration begins with.
        assert not live.store.events(operation="sagemaker:UpdateEndpointWeights*")

        # To an endpoint of its own: there before the component on the shared one goes.
        moved = pool.deploy(churn={"server": None, "instance_type": "ml.m5.large"})
        gone = ("delete", "churn-pool-dev-component")
        before(moved.order, ("create-replacement", "churn-live-component"), gone)
        assert live.describe("churn-dev")["EndpointName"] == "churn-dev-component"
        names = [each["InferenceComponentName"] for each in live.all()]
        assert names == ["churn-dev", "pool-dev-prices"]
    destroyed = pool.destroy()
    before(destroyed.order, ("delete", "prices-pool-dev-component"), ("delete", "pool-endpoint"))
