"""What the plans of Azure Functions refuse in the sandbox, each beside what they take."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from tests.unit.sandbox_life import Stack
from tests.unit.test_sandbox_azure import APP, IDENTITY, NATIVE, PLAN, ROOT, SLOT, STORAGE

_NETWORK = f"{NATIVE}:network:VirtualNetwork"
_CONTAINER = f"{NATIVE}:storage:BlobContainer"
_FLEX = {"name": "FC1", "tier": "FlexConsumption"}
_PREMIUM = {"name": "EP1", "tier": "ElasticPremium"}
_SUBNETS = f"{ROOT}/models/providers/Microsoft.Network/virtualNetworks/models/subnets"
_CODE = "https://functions.blob.core.windows.net/deployments"


class Cloud(Stack):
    """A plan of each kind, a network, and an account with a container."""

    def __init__(self, path: Path) -> None:
        super().__init__(NATIVE, path)
        place = {"resourceGroupName": "models", "location": "westeurope"}
        self.plans = {
            "flex": self.create(PLAN, "f", **place, name="flex", sku=_FLEX, reserved=True).id,
            "premium": self.create(PLAN, "p", **place, name="premium", sku=_PREMIUM).id,
        }
        self.identity = self.create(IDENTITY, "i", **place).id
        self.create(
            _NETWORK,
            "n",
            **place,
            virtualNetworkName="models",
            addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
            subnets=[
                {
                    "name": name,
                    "addressPrefix": f"10.0.{number}.0/24",
                    "delegations": [{"name": "d", "serviceName": service}] if service else [],
                }
                for number, (name, service) in enumerate(
                    {
                        "flex": "Microsoft.App/environments",
                        "premium": "Microsoft.Web/serverFarms",
                        "plain": "",
                    }.items()
                )
            ],
        )
        self.create(
            STORAGE,
            "s",
            **place,
            accountName="functions",
            kind="StorageV2",
            sku={"name": "Standard_LRS"},
        )
        self.create(
            _CONTAINER,
            "c",
            resourceGroupName="models",
            accountName="functions",
            containerName="deployments",
        )

    def app(self, plan: str, name: str = "fraud", **more: Any) -> str:  # noqa: ANN401 - properties of any type
        """An app on one of the plans; its id."""
        inputs = {
            "resourceGroupName": "models",
            "location": "westeurope",
            "name": name,
            "serverFarmId": self.plans[plan],
            **({"functionAppConfig": {"runtime": {"name": "python"}}} if plan == "flex" else {}),
            **more,
        }
        return self.create(APP, name, **inputs).id

    def slot(self, slot: str, **more: Any) -> str:  # noqa: ANN401
        """A slot of the app `fraud`; its id."""
        place = {"resourceGroupName": "models", "location": "westeurope"}
        return self.create(SLOT, slot, **place, name="fraud", slot=slot, **more).id


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    monkeypatch.delenv("ARM_SUBSCRIPTION_ID", raising=False)
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
    return Cloud(tmp_path / "store.sqlite")


def _said(**settings: str) -> dict[str, Any]:
    return {
        "siteConfig": {
            "appSettings": [{"name": name, "value": value} for name, value in settings.items()]
        }
    }


def _read(identity: str, value: str = _CODE) -> dict[str, Any]:
    who = {"type": "UserAssignedIdentity", "userAssignedIdentityResourceId": identity}
    storage = {"type": "blobContainer", "value": value, "authentication": who}
    return {"functionAppConfig": {"deployment": {"storage": storage}}}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (_said(FUNCTIONS_WORKER_RUNTIME="python"), "AppSettings.FUNCTIONS_WORKER_RUNTIME"),
        (_said(WEBSITE_RUN_FROM_PACKAGE="1"), "AppSettings.WEBSITE_RUN_FROM_PACKAGE"),
        ({"siteConfig": {"linuxFxVersion": "Python|3.13"}}, "Site.SiteConfig.LinuxFxVersion"),
        ({"siteConfig": {"alwaysOn": True}}, "Site.SiteConfig.AlwaysOn"),
        (_said(WORDS="on"), ""),
        ({"siteConfig": {"alwaysOn": False, "netFrameworkVersion": "v4.6"}}, ""),
    ],
)
def test_what_flex_consumption_does_not_know(cloud: Cloud, more: dict[str, Any], told: str) -> None:
    if told:
        with pytest.raises(RefusedError, match=told):
            cloud.app("flex", **more)
    else:
        assert cloud.app("flex", **more)
    # The other plan does.
    assert cloud.app("premium", "other", **more)


@pytest.mark.parametrize(
    ("token", "more"),
    [
        (SLOT, {"slot": "candidate", "location": "westeurope"}),
        (f"{NATIVE}:web:WebAppAuthSettingsV2", {}),
        (f"{NATIVE}:web:WebAppAuthSettingsV2Slot", {"slot": "candidate"}),
        (f"{NATIVE}:web:WebAppFtpAllowed", {"allow": False}),
        (f"{NATIVE}:web:WebAppScmAllowedSlot", {"slot": "candidate", "allow": False}),
    ],
)
def test_parts_of_an_app_need_the_app(cloud: Cloud, token: str, more: dict[str, Any]) -> None:
    given = {"resourceGroupName": "models", "name": "fraud", **more}
    with pytest.raises(RefusedError, match=r"ParentResourceNotFound.*sites/fraud"):
        cloud.create(token, "part", **given)
    cloud.app("premium")
    if token != SLOT and "slot" in more:
        with pytest.raises(RefusedError, match=r"ParentResourceNotFound.*slots/candidate"):
            cloud.create(token, "part", **given)
        cloud.slot("candidate")
    assert "/sites/fraud/" in cloud.create(token, "part", **given).id


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (_FLEX, _PREMIUM, "from 'FlexConsumption' to 'ElasticPremium'"),
        (_PREMIUM, {"name": "FC1"}, "from 'ElasticPremium' to 'FlexConsumption'"),
        (_PREMIUM, {"name": "EP2", "tier": "ElasticPremium"}, ""),
        ({"name": "FC1"}, _FLEX, ""),
    ],
)
def test_a_plan_of_flex_consumption_stays_one(
    cloud: Cloud, before: dict[str, Any], after: dict[str, Any], told: str
) -> None:
    place = {"resourceGroupName": "models", "location": "westeurope", "name": "own"}
    plan = cloud.create(PLAN, "own", **place, sku=before)
    if told:
        with pytest.raises(RefusedError, match=f"Cannot update ServerFarm SKU {told}"):
            cloud.update(plan, sku=after)
    else:
        assert cloud.update(plan, sku=after).inputs["sku"] == after


def test_a_flexible_plan_has_one_app(cloud: Cloud) -> None:
    cloud.app("flex")
    with pytest.raises(RefusedError, match="the plan has an app already, fraud"):
        cloud.app("flex", "other")
    cloud.app("premium", "first")
    assert cloud.app("premium", "second")


def test_the_container_is_there_and_its_reader_is_the_apps_own(cloud: Cloud) -> None:
    own = {"identity": {"type": "UserAssigned", "userAssignedIdentities": [cloud.identity]}}
    (told,) = _problems(cloud, **_read(cloud.identity))
    assert "an identity that the app does not have" in told
    with pytest.raises(RefusedError, match="ContainerNotFound"):
        cloud.app("flex", **own, **_read(cloud.identity, f"{_CODE}-2"))
    assert cloud.app("flex", **own, **_read(cloud.identity.upper()))


@pytest.mark.parametrize(
    ("plan", "subnet", "taken"),
    [
        ("flex", "flex", True),
        ("flex", "premium", False),
        ("flex", "plain", False),
        ("premium", "premium", True),
        ("premium", "flex", False),
    ],
)
def test_a_subnet_is_delegated_to_the_plans_service(
    cloud: Cloud, plan: str, subnet: str, *, taken: bool
) -> None:
    given = {"virtualNetworkSubnetId": f"{_SUBNETS}/{subnet}"}
    if taken:
        assert cloud.app(plan, **given)
    else:
        with pytest.raises(RefusedError, match="use one delegated to Microsoft"):
            cloud.app(plan, **given)


def test_premium_has_three_slots(cloud: Cloud) -> None:
    cloud.app("premium")
    cloud.slot("candidate")
    cloud.slot("next")
    with pytest.raises(RefusedError, match="the plan allows 3 slots"):
        cloud.slot("last")


def _problems(cloud: Cloud, **more: object) -> list[str]:
    given = {"resourceGroupName": "models", "name": "fraud", **more}
    return [problem.reason for problem in cloud.problems(APP, given)]


@pytest.mark.parametrize(
    ("scale", "wrong"),
    [
        ({"maximumInstanceCount": 1000}, False),
        ({"maximumInstanceCount": 1001}, True),
        ({"maximumInstanceCount": 0}, True),
        ({"triggers": {"http": {"perInstanceConcurrency": 1000}}}, False),
        ({"triggers": {"http": {"perInstanceConcurrency": 1001}}}, True),
        ({"alwaysReady": [{"name": "http", "instanceCount": 3}], "maximumInstanceCount": 3}, False),
        ({"alwaysReady": [{"name": "http", "instanceCount": 4}], "maximumInstanceCount": 3}, True),
        ({"alwaysReady": [{"instanceCount": 1}]}, True),
    ],
)
def test_counts_of_instances(cloud: Cloud, scale: dict[str, Any], *, wrong: bool) -> None:
    found = _problems(cloud, functionAppConfig={"scaleAndConcurrency": scale})
    assert bool(found) is wrong


@pytest.mark.parametrize(("shares", "wrong"), [([0], False), ([60, 40], False), ([60, 41], True)])
def test_shares_of_slots(cloud: Cloud, shares: list[int], *, wrong: bool) -> None:
    rules = [
        {"name": f"slot{share}", "actionHostName": "a", "reroutePercentage": share}
        for share in shares
    ]
    found = _problems(cloud, siteConfig={"experiments": {"rampUpRules": rules}})
    assert bool(found) is wrong
