"""What a model on Azure Functions registers, and what it refuses."""

import json
from typing import Any

import pulumi
import pytest

from components.azure.functions.azure_functions_endpoint import AzureFunctionsEndpoint
from tests.unit import azure_functions_cases
from tests.unit.azure_functions_cases import BLOBS, CANDIDATE, GROUP, PREMIUM, digest_of, package
from tests.unit.component_mocks import Recorded, record

MINIMAL = azure_functions_cases.MINIMAL
_WEB = "azure-native:web"
_SUBNETS = f"{GROUP}/Microsoft.Network/virtualNetworks/models/subnets"
INSIDE = {"subnet_id": f"{_SUBNETS}/apps", "endpoint_subnet_id": f"{_SUBNETS}/endpoints"}
_ZONES = f"{GROUP}/Microsoft.Network/privateDnsZones"


def made(**changes: Any) -> Recorded:  # noqa: ANN401 - arguments of any type
    merged = {k: v for k, v in {**MINIMAL, **changes}.items() if v is not None}
    return record(AzureFunctionsEndpoint, "fraud", merged)


def refused(**changes: Any) -> str:  # noqa: ANN401
    with pytest.raises(pulumi.RunError) as caught:
        made(**changes)
    return str(caught.value)


def the(recorded: Recorded, kind: str) -> dict[str, Any]:
    (found,) = recorded.of(kind).values()
    return found


def variables(site: dict[str, Any]) -> dict[str, str]:
    """Settings by name."""
    return {each["name"]: each["value"] for each in site["siteConfig"]["appSettings"]}


# ---- what is made ----


def test_the_least_arguments_make_a_closed_app_without_keys() -> None:
    recorded = made()
    app, plan = the(recorded, f"{_WEB}:WebApp"), the(recorded, f"{_WEB}:AppServicePlan")
    assert plan["sku"] == {"name": "FC1", "tier": "FlexConsumption"}
    assert plan["reserved"] is True
    assert app["kind"] == "functionapp,linux"
    assert app["publicNetworkAccess"] == "Disabled"
    assert app["httpsOnly"] is True
    assert app["siteConfig"]["minTlsVersion"] == "1.2"
    # Flex Consumption knows neither.
    assert not {"ftpsState", "linuxFxVersion", "cors"} & app["siteConfig"].keys()
    assert app["functionAppConfig"] == {
        "deployment": {
            "storage": {
                "type": "blobContainer",
                "value": "https://account.blob.core.windows.net/fraud-deployments",
                "authentication": {
                    "type": "UserAssignedIdentity",
                    "userAssignedIdentityResourceId": "fraud-identity-id",
                },
            }
        },
        "runtime": {"name": "python", "version": "3.13"},
        "scaleAndConcurrency": {
            "alwaysReady": [],
            "instanceMemoryMB": 2048,
            "maximumInstanceCount": 40,
        },
        "siteUpdateStrategy": {"type": "Recreate"},
    }
    for kind in ("WebAppFtpAllowed", "WebAppScmAllowed"):
        assert the(recorded, f"{_WEB}:{kind}")["allow"] is False
    account = the(recorded, "azure-native:storage:StorageAccount")
    assert account["allowSharedKeyAccess"] is False
    assert account["allowBlobPublicAccess"] is False
    assert account["minimumTlsVersion"] == "TLS1_2"
    insights = the(recorded, "azure-native:applicationinsights:Component")
    assert insights["disableLocalAuth"] is True
    assert the(recorded, "azure-native:operationalinsights:Workspace")["retentionInDays"] == 30
    assert recorded.of("azure-native:network:PrivateEndpoint") == {}
    assert recorded.of(f"{_WEB}:WebAppSlot") == {}


def test_the_app_is_told_what_the_runtime_reads() -> None:
    digest = f"sha256:{'1' * 64}"
    found = variables(
        the(
            made(
                model_digest=digest,
                timeout_seconds=90,
                environment_variables={"MODEL_SERVING_MAX_ROWS": "50", "WORDS": "on"},
            ),
            f"{_WEB}:WebApp",
        )
    )
    assert list(found) == sorted(found)
    assert {name: found[name] for name in found if name.startswith(("MODEL_", "WORDS"))} == {
        "MODEL_SERVING_MAX_ROWS": "50",
        "MODEL_SERVING_MODEL_DIGEST": digest,
        "MODEL_SERVING_MODEL_NAME": "fraud",
        "MODEL_SERVING_MODEL_URI": f"{BLOBS}/fraud/1.4.0/model.onnx",
        "MODEL_SERVING_MODEL_VERSION": "1.4.0",
        "MODEL_SERVING_TIMEOUT_SECONDS": "90",
        "WORDS": "on",
    }
    assert found["AzureFunctionsJobHost__functionTimeout"] == "00:01:30"
    packed = variables(the(made(model_uri="file:fraud/1.4.0/model.onnx"), f"{_WEB}:WebApp"))
    assert "MODEL_SERVING_MODEL_URI" not in packed
    assert found["AZURE_CLIENT_ID"] == "client"
    assert found["AzureWebJobsStorage__credential"] == "managedidentity"
    assert found["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] == "Authorization=AAD;ClientId=client"
    assert not [
        each for each in found if each in {"AzureWebJobsStorage", "FUNCTIONS_WORKER_RUNTIME"}
    ]


def test_the_identity_reads_its_model_writes_its_containers_and_no_more() -> None:
    rights = made(storage_resource_group="storage").of("azure-native:authorization:RoleAssignment")
    reader, contributor = (
        *("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "ba92f5b4-2d11-453d-a403-e96b0029c9fe"),
    )
    publisher = "3913510d-42f4-4e42-8a64-420c390055eb"
    assert {name: (r["scope"], r["roleDefinitionId"][-36:]) for name, r in rights.items()} == {
        "fraud-model-examplemodels-models": (
            GROUP.replace("/models/", "/storage/")
            + "/Microsoft.Storage/storageAccounts/examplemodels/blobServices/default/containers"
            "/models",
            reader,
        ),
        "fraud-deployments-right": ("fraud-deployments-id", contributor),
        "fraud-azure-webjobs-hosts-right": ("fraud-azure-webjobs-hosts-id", contributor),
        "fraud-azure-webjobs-secrets-right": ("fraud-azure-webjobs-secrets-id", contributor),
        "fraud-telemetry": ("fraud-insights-id", publisher),
    }
    assert {right["principalId"] for right in rights.values()} == {"principal"}
    # The next version's right is there before it is.
    condition = rights["fraud-model-examplemodels-models"]["condition"]
    assert ":path] StringStartsWith 'fraud/'" in condition
    flat = made(model_uri=f"{BLOBS}/fraud/1.4.0.onnx").inputs["fraud-model-examplemodels-models"]
    assert flat["condition"] == condition
    # A package that instances run from is read by them.
    premium = made(**PREMIUM).of("azure-native:authorization:RoleAssignment")
    assert premium["fraud-packages-right"]["roleDefinitionId"][-36:] == reader
    assert "fraud-deployments-right" not in premium


def test_callers_show_a_token_of_entra() -> None:
    caller = "33333333-3333-3333-3333-333333333333"
    recorded = made(callers=[caller])
    auth = the(recorded, f"{_WEB}:WebAppAuthSettingsV2")
    assert auth["platform"] == {"enabled": True}
    assert auth["globalValidation"] == {
        "requireAuthentication": True,
        "unauthenticatedClientAction": "Return401",
    }
    directory = auth["identityProviders"]["azureActiveDirectory"]
    assert directory["registration"] == {
        "clientId": MINIMAL["jwt_audience"],
        "openIdIssuer": MINIMAL["jwt_issuer"],
    }
    validation = directory["validation"]
    assert validation["allowedAudiences"] == [
        MINIMAL["jwt_audience"],
        f"api://{MINIMAL['jwt_audience']}",
    ]
    assert validation["defaultAuthorizationPolicy"] == {
        "allowedPrincipals": {"identities": [caller]}
    }
    policy = json.loads(recorded.outputs["invoke_policy"])
    assert policy["scope"] == f"api://{MINIMAL['jwt_audience']}/.default"
    assert policy["callers"] == [caller]
    assert recorded.outputs["url"] == "https://thing.azurewebsites.net/predict"


def test_names_are_the_resource_groups_own() -> None:
    def names(**changes: str) -> tuple[str, str, str]:
        recorded = made(**changes)
        app = the(recorded, f"{_WEB}:WebApp")
        account = the(recorded, "azure-native:storage:StorageAccount")["accountName"]
        return app["name"], account, variables(app)["AzureFunctionsWebHost__hostid"]

    first = names()
    assert first[0].startswith("fraud-dev-")
    assert len(first[1]) == 24
    assert len(first[2]) <= 32
    assert names(resource_group="Models") == first
    other = names(resource_group="others")
    assert not set(first) & set(other)


def test_a_package_is_known_by_its_digest() -> None:
    first, second = package("first"), package("second")
    recorded = made(code_path=first)
    (found,) = recorded.of("serving:index:AzureFunctionsPackage").items()
    digest = digest_of(first)
    assert found[0] == f"fraud-{digest[7:19]}-package"
    assert found[1]["digest"] == digest
    assert the(recorded, "serving:index:AzureFunctionsDeployment")["digest"] == digest
    # Another one is another resource: it is there before the former goes.
    assert made(code_path=second).of("serving:index:AzureFunctionsPackage").keys() != {found[0]}


def test_instances_of_flex_consumption() -> None:
    app = the(
        made(min_replicas=2, max_replicas=7, memory_mib=512, concurrency=3, shift="rolling"),
        f"{_WEB}:WebApp",
    )
    assert app["functionAppConfig"]["scaleAndConcurrency"] == {
        "alwaysReady": [{"name": "http", "instanceCount": 2}],
        "instanceMemoryMB": 512,
        "maximumInstanceCount": 7,
        "triggers": {"http": {"perInstanceConcurrency": 3}},
    }
    assert app["functionAppConfig"]["siteUpdateStrategy"] == {"type": "RollingUpdate"}


def test_plan_premium_runs_from_the_package_itself() -> None:
    recorded = made(**PREMIUM, instance_type="EP2", min_replicas=2, max_replicas=5, concurrency=4)
    plan, app = the(recorded, f"{_WEB}:AppServicePlan"), the(recorded, f"{_WEB}:WebApp")
    assert plan["sku"] == {"name": "EP2", "tier": "ElasticPremium"}
    assert app["reserved"] is True
    assert plan["kind"] == "elastic"
    assert plan["maximumElasticWorkerCount"] == 5
    assert "functionAppConfig" not in app
    config = app["siteConfig"]
    assert (config["ftpsState"], config["linuxFxVersion"]) == ("Disabled", "Python|3.13")
    assert (config["minimumElasticInstanceCount"], config["functionAppScaleLimit"]) == (2, 5)
    assert config["experiments"] == {"rampUpRules": []}
    found = variables(app)
    assert found["WEBSITE_RUN_FROM_PACKAGE"].startswith(
        "https://account.blob.core.windows.net/fraud-packages/"
    )
    assert found["WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID"] == "fraud-identity-id"
    assert found["AzureFunctionsJobHost__extensions__http__maxConcurrentRequests"] == "4"
    assert recorded.of("serving:index:AzureFunctionsDeployment") == {}


def test_a_candidate_has_a_slot_and_its_share() -> None:
    second = package("second")
    recorded = made(**PREMIUM, **CANDIDATE, **INSIDE, canary_percent=10, candidate_code_path=second)
    app, slot = the(recorded, f"{_WEB}:WebApp"), the(recorded, f"{_WEB}:WebAppSlot")
    name = app["name"]
    assert app["siteConfig"]["experiments"]["rampUpRules"] == [
        {
            "name": "candidate",
            "actionHostName": f"{name}-candidate.azurewebsites.net",
            "reroutePercentage": 10,
        }
    ]
    assert (slot["name"], slot["slot"]) == (name, "candidate")
    assert slot["publicNetworkAccess"] == "Disabled"
    assert "experiments" not in slot["siteConfig"]
    found = variables(slot)
    assert found["MODEL_SERVING_MODEL_VERSION"] == "1.5.0"
    assert found["WEBSITE_RUN_FROM_PACKAGE"] != variables(app)["WEBSITE_RUN_FROM_PACKAGE"]
    assert slot["tags"]["model-serving:model-version"] == "1.5.0"
    assert the(recorded, f"{_WEB}:WebAppAuthSettingsV2Slot")["slot"] == "candidate"
    assert len(recorded.of("serving:index:AzureFunctionsPackage")) == 2
    endpoints = recorded.of("azure-native:network:PrivateEndpoint")
    groups = {
        name: each["privateLinkServiceConnections"][0]["groupIds"]
        for name, each in endpoints.items()
    }
    assert groups == {
        "fraud-blobs-endpoint": ["blob"],
        "fraud-app-endpoint": ["sites"],
        "fraud-candidate-endpoint": ["sites-candidate"],
    }
    # The same code for both is one package.
    same = made(**PREMIUM, **CANDIDATE)
    assert len(same.of("serving:index:AzureFunctionsPackage")) == 1


def test_inside_a_network_storage_is_private_too() -> None:
    zones = {
        "privatelink.azurewebsites.net": f"{_ZONES}/privatelink.azurewebsites.net",
        "privatelink.blob.core.windows.net": f"{_ZONES}/privatelink.blob.core.windows.net",
    }
    recorded = made(**INSIDE, private_zones=zones)
    account = the(recorded, "azure-native:storage:StorageAccount")
    assert account["publicNetworkAccess"] == "Disabled"
    assert account["networkRuleSet"]["defaultAction"] == "Deny"
    app = the(recorded, f"{_WEB}:WebApp")
    assert app["virtualNetworkSubnetId"] == INSIDE["subnet_id"]
    assert "outboundVnetRouting" not in app
    named = recorded.of("azure-native:network:PrivateDnsZoneGroup")
    assert named.keys() == {"fraud-blobs-names", "fraud-app-names"}
    premium = the(made(**PREMIUM, **INSIDE), f"{_WEB}:WebApp")
    assert premium["outboundVnetRouting"] == {"allTraffic": True}
    public = made(**INSIDE, storage_public_access=True)
    assert the(public, "azure-native:storage:StorageAccount")["publicNetworkAccess"] == "Enabled"


def test_a_key_of_ones_own_encrypts_the_account() -> None:
    key = f"{GROUP}/Microsoft.KeyVault/vaults/keys/keys/models"
    recorded = made(key=key)
    account = the(recorded, "azure-native:storage:StorageAccount")
    assert account["encryption"] == {
        "keySource": "Microsoft.Keyvault",
        "keyVaultProperties": {
            "keyVaultUri": "https://keys.vault.azure.net/",
            "keyName": "models",
        },
        "encryptionIdentity": {"encryptionUserAssignedIdentity": "fraud-identity-id"},
    }
    assert recorded.inputs["fraud-key"]["scope"] == key
    # Azure keeps what is left out: without a key it is told to go back to its own.
    without = the(made(), "azure-native:storage:StorageAccount")
    assert without["encryption"] == {"keySource": "Microsoft.Storage"}
    assert "identity" not in without


def test_alerts_ask_the_logs_for_the_objective() -> None:
    group = f"{GROUP}/Microsoft.Insights/actionGroups/on-call"
    rules = made(
        latency_p95_ms=250, error_rate_percent=0.5, alert_action_group_id=group, description="Odds."
    ).of("azure-native:monitor:ScheduledQueryRule")
    conditions = {name: rule["criteria"]["allOf"][0] for name, rule in rules.items()}
    assert conditions["fraud-latency"]["threshold"] == 250
    assert (
        conditions["fraud-latency"]["query"]
        == "requests | summarize value = percentile(duration, 95)"
    )
    assert conditions["fraud-errors"]["threshold"] == 0.5
    assert {rule["actions"]["actionGroups"][0] for rule in rules.values()} == {group}
    assert all(rule["description"].endswith("Odds.") for rule in rules.values())


def test_logs_go_where_they_are_wanted() -> None:
    workspace = f"{GROUP}/Microsoft.OperationalInsights/workspaces/shared"
    recorded = made(log_workspace_id=workspace)
    assert recorded.of("azure-native:operationalinsights:Workspace") == {}
    insights = the(recorded, "azure-native:applicationinsights:Component")
    assert insights["workspaceResourceId"] == workspace


# ---- what is refused ----


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (CANDIDATE, "candidate_version: got '1.5.0'; use plan: premium, which has slots"),
        ({"candidate_code_path": package()}, "candidate_code_path: got"),
        ({"plan": "dedicated"}, "plan: got 'dedicated'; use one of flex, premium"),
        ({"memory_mib": 1024}, "memory_mib: got 1024; use one of 512, 2048, 4096"),
        ({"memory_mib": 8192}, "memory_mib: got 8192; use a whole number from 512 to 4096"),
        ({"instance_type": "EP1"}, "instance_type: got 'EP1'; use memory_mib, or plan: premium"),
        ({**PREMIUM, "instance_type": "EP9"}, "instance_type: got 'EP9'; use one of EP1, EP2, EP3"),
        ({**PREMIUM, "memory_mib": 2048}, "memory_mib: got 2048; use instance_type"),
        ({**PREMIUM, "min_replicas": 0}, "min_replicas: got 0; use a whole number from 1 to 100"),
        ({**PREMIUM, "max_replicas": 101}, "max_replicas: got 101"),
        ({**PREMIUM, "shift": "rolling"}, "shift: got 'rolling'; use all_at_once"),
        ({"shift": "linear"}, "shift: got 'linear'"),
        ({"max_replicas": 1001}, "max_replicas: got 1001; use a whole number from 1 to 1000"),
        ({"timeout_seconds": 231}, "timeout_seconds: got 231; use a whole number from 1 to 230"),
        ({"timeout_seconds": 1, "latency_p95_ms": 1000}, "latency_p95_ms: got 1000"),
        ({"concurrency": 0}, "concurrency: got 0; use a whole number from 1 to 1000"),
        ({"concurrency": 1001}, "concurrency: got 1001"),
        ({"python_version": "3.9"}, "python_version: got '3.9'; use one of 3.10, 3.11, 3.12"),
        ({"model_uri": "s3://models/fraud/model.onnx"}, "model_uri: got"),
        ({"model_digest": "md5:1"}, "model_digest: got 'md5:1'; use sha256:"),
        ({"code_path": "/nowhere.zip"}, "code_path: got '/nowhere.zip'; use a zip that is there"),
        ({"code_path": __file__}, "use a zip that is there"),
        ({"jwt_audience": "models"}, "jwt_audience: got 'models'"),
        ({"jwt_issuer": "https://login.example/"}, "jwt_issuer: got"),
        ({"callers": ["team"]}, "callers: got 'team'; use object ids"),
        ({"subnet_id": "apps"}, "subnet_id: got 'apps'; use the id of a subnet"),
        ({"storage_public_access": False}, "storage_public_access: got False; use true"),
        ({"key": "https://keys.vault.azure.net/keys/a"}, "key: got"),
        ({"log_retention_days": 29}, "log_retention_days: got 29"),
        (
            {
                "log_retention_days": 60,
                "log_workspace_id": f"{GROUP}/Microsoft.OperationalInsights/workspaces/w",
            },
            "log_retention_days: got 60; use that of the workspace",
        ),
        ({"private_zones": {"example.com": _ZONES}}, "private_zones: got 'example.com'"),
        ({"environment_variables": {"WEBSITE_RUN_FROM_PACKAGE": "1"}}, "Flex Consumption refuses"),
        ({"environment_variables": {"MODEL_SERVING_MODEL_URI": "a"}}, "sets this one itself"),
        (
            {"environment_variables": {"AzureFunctionsJobHost__functionTimeout": "-1"}},
            "sets this one itself",
        ),
        ({"environment_variables": {"AWS_SECRET_ACCESS_KEY": "a"}}, "the app's identity"),
        ({"environment_variables": {"DB_PASSWORD": "hunter2"}}, "@Microsoft.KeyVault"),
        ({"environment_variables": {"a b": "1"}}, "names of letters"),
        ({"memory": 2048}, "memory: no such argument; did you mean memory_mib?"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_made(
    changes: dict[str, Any], told: str
) -> None:
    assert told in refused(**changes)


def test_all_problems_are_told_at_once() -> None:
    text = refused(plan="dedicated", memory_mib=1, jwt_audience="x", timeout_seconds=0)
    assert text.startswith("AzureFunctionsEndpoint fraud has ")
    assert len(text.splitlines()) >= 5


@pytest.mark.parametrize(
    "changes",
    [
        {"timeout_seconds": 230, "min_replicas": 1000, "max_replicas": 1000},
        {"concurrency": 1000, "memory_mib": 4096, "log_retention_days": 730},
        {**PREMIUM, **CANDIDATE, "canary_percent": 100, "max_replicas": 100},
        {"environment_variables": {"DB_PASSWORD": "@Microsoft.KeyVault(SecretUri=https://a/)"}},
        {"environment_variables": {"AzureFunctionsJobHost__logging__logLevel__default": "Error"}},
    ],
)
def test_the_largest_of_everything_is_taken(changes: dict[str, Any]) -> None:
    assert made(**changes).of(f"{_WEB}:WebApp")
