"""AzureFunctionsEndpoint through the real engine: what Azure is asked for at each step."""

import warnings
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.api import server
from sandbox.seed import AZURE_SUBSCRIPTION
from sandbox.store import Fault, Row, Store
from tests.engine.component_project import Change, ComponentProject
from tests.engine.conftest import Sandbox
from tests.unit.azure_functions_cases import GROUP, MINIMAL, PREMIUM, digest_of, package
from tests.unit.test_sandbox_api_azure import Credential

pytestmark = pytest.mark.engine

_WEB = "azure-native:web"
_APP, _SLOT = f"{_WEB}:WebApp", f"{_WEB}:WebAppSlot"
_BLOB = "azure-native:storage:Blob"
_ACCOUNT = "azure-native:storage:StorageAccount"
_MODELS = "https://exampleartifacts.blob.core.windows.net/models/fraud"
_CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.5.0",
    "candidate_uri": f"{_MODELS}/1.5.0/model.onnx",
}
_NO_CANDIDATE: dict[str, Any] = {
    "candidate_version": None,
    "candidate_uri": None,
    "canary_percent": None,
    "candidate_code_path": None,
}


@dataclass
class Life:
    """A project, the cloud that it is in, and what that was asked for by one run."""

    project: ComponentProject
    store: Store

    def up(self, **changes: Any) -> tuple[Change, list[str]]:  # noqa: ANN401 - arguments of any type
        """Deploy; the steps, and what was written of apps, slots, packages, in order."""
        since = len(self.store.events())
        done = self.project.up(**changes)
        return done, self.calls(since)

    def calls(self, since: int) -> list[str]:
        """As `create app`, `upload`, `deploy`."""
        words = {
            "blob:BlockBlob_Upload": "upload",
            "blob:Blob_Delete": "delete package",
            "web:WebApps_CreateOneDeployOperation": "deploy",
        }
        kinds = {_APP: "app", _SLOT: "slot"}
        found: list[str] = []
        for event in self.store.events()[since:]:
            if event.operation in words:
                found.append(words[event.operation])
            elif event.token in kinds and event.operation in {"create", "update", "delete"}:
                found.append(f"{event.operation} {kinds[event.token]}")
        # The row that notes a deployment is written by the call itself.
        return [
            call
            for call, following in zip(found, [*found, ""][1:], strict=True)
            if not (call == "update app" and following == "deploy")
        ]

    def app(self) -> Row:
        """The app as Azure has it."""
        (row,) = self.store.list("azure-native", _APP)
        return row

    def shares(self) -> dict[str, float]:
        """Percent by slot."""
        rules = self.app().inputs["siteConfig"]["experiments"]["rampUpRules"]
        return {rule["name"]: rule["reroutePercentage"] for rule in rules}

    def packages(self) -> set[str]:
        """Digests of what is in Blob Storage, without what one deploy wrote."""
        return {
            "sha256:" + row.outputs["sha256"]
            for row in self.store.list("azure-native", _BLOB)
            if row.inputs["containerName"] == "packages"
        }

    def released(self) -> str:
        """The digest of the package that the app runs."""
        (row,) = [
            row
            for row in self.store.list("azure-native", _BLOB)
            if row.inputs["containerName"] == "deployments"
        ]
        return "sha256:" + str(row.outputs["sha256"])


def _version(row: Row) -> str:
    pairs = {each["name"]: each["value"] for each in row.inputs["siteConfig"]["appSettings"]}
    return str(pairs["MODEL_SERVING_MODEL_VERSION"])


@pytest.fixture
def life(sandbox: Sandbox) -> Life:
    project = ComponentProject(
        sandbox,
        "azure",
        "components.azure.functions.azure_functions_endpoint",
        "AzureFunctionsEndpoint",
        "fraud",
        {**MINIMAL, "model_uri": f"{_MODELS}/1.4.0/model.onnx"},
    )
    return Life(project, Store(sandbox.home / "store.sqlite"))


def test_a_model_on_flex_consumption_from_the_first_day_to_the_last(life: Life) -> None:
    first, second = package("first"), package("second")
    # A preview asks Azure's API nothing.
    assert "fraud-deployment" in life.project.preview().names("create")
    assert life.store.events(operation="blob:*") == []
    created, asked = life.up()
    assert (sorted(asked[:2]), asked[2:]) == (["create app", "upload"], ["deploy"])
    # Rights first, the code last, once it is known who may call it.
    order = [name for operation, name in created.order if operation == "create"]
    assert order.index("fraud-deployments-right") < order.index("fraud-app")
    assert order.index("fraud-callers") < order.index("fraud-deployment")
    name = life.app().name
    assert life.project.outputs()["url"] == f"https://{name}.azurewebsites.net/predict"
    assert life.released() == digest_of(first)
    assert life.up()[0].steps == {}

    # Other code alone: a package and a deployment, and the former package goes at the end.
    changed, asked = life.up(code_path=second)
    assert asked == ["upload", "deploy", "delete package"]
    assert changed.names("update", "replace") == {"fraud-deployment"}
    assert life.released() == digest_of(second)
    assert life.packages() == {digest_of(second)}

    # Another model alone: settings of the app, and what says which version it is.
    model, asked = life.up(model_version="1.5.0", model_uri=_CANDIDATE["candidate_uri"])
    assert asked == ["update app"]
    assert model.steps == {"fraud-app": ["update"]}
    assert _version(life.app()) == "1.5.0"

    # Instances alone.
    scaled, _ = life.up(min_replicas=1, concurrency=4)
    assert scaled.steps == {"fraud-app": ["update"]}

    # No slots: refused before anything is asked, with what works.
    refused = life.project.preview(**{**_CANDIDATE, "candidate_version": "1.6.0"}, fails=True)
    assert "use plan: premium, which has slots" in refused.output
    life.project.args = {
        key: value for key, value in life.project.args.items() if not key.startswith("candidate")
    }

    since = len(life.store.events())
    life.project.destroy()
    assert life.calls(since) == ["delete app", "delete package"]
    assert life.store.list("azure-native", _APP) == []
    left = life.store.list("azure-native", "azure-native:storage:StorageAccount")
    assert [row.name for row in left] == ["exampleartifacts"]


def test_a_held_share_on_plan_premium(life: Life) -> None:
    # A candidate needs a stable model that is there.
    first = life.project.preview(**PREMIUM, **_CANDIDATE, fails=True)
    assert "no stable model is live on this plan and in this place yet" in first.output
    created, asked = life.up(**_NO_CANDIDATE)
    assert asked == ["upload", "create app"]
    assert created.names("create") >= {"fraud-plan", "fraud-packages-right"}
    assert life.up()[0].steps == {}

    # The slot is there before it gets anything.
    begun, asked = life.up(**_CANDIDATE, canary_percent=0)
    assert asked == ["create slot", "update app"]
    assert begun.names("create") == {
        f"fraud-candidate{part}" for part in ("", "-callers", "-ftp", "-scm")
    }
    assert life.shares() == {"candidate": 0}
    assert _version(life.store.list("azure-native", _SLOT)[0]) == "1.5.0"

    # The share alone: one call.
    for percent in (10, 50, 100, 10, 0):
        moved, asked = life.up(canary_percent=percent)
        assert (moved.steps, asked) == ({"fraud-app": ["update"]}, ["update app"])
        assert life.shares() == {"candidate": percent}
    assert life.up()[0].steps == {}

    # Promoted at a share: the app takes version and requests by one call, then the slot goes.
    life.up(canary_percent=50)
    promoted, asked = life.up(
        model_version="1.5.0", model_uri=_CANDIDATE["candidate_uri"], **_NO_CANDIDATE
    )
    assert asked == ["update app", "delete slot"]
    assert promoted.names("update", "replace") == {"fraud-app"}
    assert (life.shares(), _version(life.app())) == ({}, "1.5.0")

    # Given up while it has a share, with code of its own: no share before it goes.
    other = package("second")
    _, asked = life.up(
        candidate_version="1.6.0",
        candidate_uri=f"{_MODELS}/1.6.0/model.onnx",
        candidate_code_path=other,
        canary_percent=30,
    )
    assert asked == ["upload", "create slot", "update app"]
    assert len(life.packages()) == 2
    _, asked = life.up(**_NO_CANDIDATE)
    assert asked[0] == "update app"
    assert sorted(asked[1:]) == ["delete package", "delete slot"]
    assert life.shares() == {}
    assert life.up()[0].steps == {}
    life.project.destroy()
    assert life.store.list("azure-native", _APP) == []


def test_another_plan_comes_before_a_candidate(life: Life) -> None:
    """Azure takes no plan for another: the app is made anew on a new one."""
    life.up()
    since = len(life.store.events())
    for run in (life.project.preview, life.project.up):
        refused = run(**PREMIUM, **_CANDIDATE, canary_percent=10, fails=True)
        assert "no stable model is live on this plan and in this place yet" in refused.output
    assert life.calls(since) == []
    moved, asked = life.up(**_NO_CANDIDATE)
    assert asked == ["delete app", "create app"]
    assert moved.replaced_in_turn("fraud-plan")
    order = moved.order
    assert order.index(("create-replacement", "fraud-plan")) < order.index(
        ("delete-replaced", "fraud-app")
    )
    # A size is changed in place, beside a candidate too.
    _, asked = life.up(**_CANDIDATE, canary_percent=10)
    assert asked == ["create slot", "update app"]
    sized, asked = life.up(instance_type="EP2")
    assert (sized.steps, asked) == ({"fraud-plan": ["update"]}, [])
    away = life.project.preview(location="northeurope", fails=True)
    assert "no stable model is live on this plan and in this place yet" in away.output


def test_what_drifts_and_what_fails_halfway(life: Life) -> None:
    store = life.store
    # The app's host takes no package: all else is there, and the next run goes on.
    store.add_fault(
        Fault(
            token=_APP,
            operation="WebApps_CreateOneDeployOperation",
            mode="silent_rollback",
            message="No host.json.",
        )
    )
    failed = life.project.up(fails=True)
    assert "No host.json" in failed.output
    assert "Traceback" not in failed.output
    again, asked = life.up()
    assert (again.names("create"), asked) == ({"fraud-deployment"}, ["deploy"])

    # Opened by hand: a refresh sees it, and the next run closes it.
    def opened(row: Row) -> Row:
        return row.replace(inputs={**row.inputs, "publicNetworkAccess": "Enabled"})

    row = life.app()
    store.update("azure-native", _APP, row.id, opened, account=AZURE_SUBSCRIPTION)
    closed = life.project.up(refresh=True)
    assert "update" in closed.steps["fraud-app"]
    assert life.app().inputs["publicNetworkAccess"] == "Disabled"

    # A package that was deleted by hand is brought again.
    (blob,) = [b for b in store.list("azure-native", _BLOB) if "packages" in b.id]
    store.remove(blob)
    brought = life.project.up(refresh=True)
    assert [name for name in brought.names("create") if name.endswith("-package")]
    assert life.packages() == {digest_of(str(MINIMAL["code_path"]))}

    # Another region: what has a name in the world goes before it comes again, and gets its code.
    moved, asked = life.up(location="northeurope")
    assert moved.names("replace", "delete-replaced") >= {"fraud-app", "fraud-deployment"}
    assert asked.index("delete app") < asked.index("create app") < asked.index("deploy")


def test_a_deployment_that_ends_by_itself_after_its_time_is_no_secret(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it any more, and the code goes back: the app runs what is asked again."""
    first, second = package("first"), package("second")
    program = life.project.folder / "__main__.py"
    program.write_text(_SHORT + program.read_text())
    life.project.up(code_path=first)
    with monkeypatch.context() as slow:
        slow.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "100")
        late = life.project.up(fails=True, code_path=second)
    assert "the time for it is over" in late.output
    _ended(life)
    assert life.released() == digest_of(second)
    assert life.project.resource("fraud-deployment")["initErrors"]
    back, asked = life.up(code_path=first)
    assert ("fraud-deployment" in back.names("update"), asked.count("deploy")) == (True, 1)
    assert life.released() == digest_of(first)
    assert life.up(code_path=first)[0].steps == {}

    # A refresh does not know either what runs, where the last deployment is not the one in state.
    life.project.refresh()
    assert life.up(code_path=first)[0].steps == {}
    with monkeypatch.context() as slow:
        slow.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "100")
        life.project.up(fails=True, code_path=second)
    _ended(life)
    life.project.refresh()
    assert not life.project.resource("fraud-deployment").get("initErrors")
    back, asked = life.up(code_path=first)
    assert ("fraud-deployment" in back.names("update"), asked.count("deploy")) == (True, 1)
    assert life.released() == digest_of(first)


# A deployment is waited for some seconds only.
_SHORT = """
import pulumi


def _short(asked):
    if asked.type_ == "serving:index:AzureFunctionsDeployment":
        asked.opts.custom_timeouts = pulumi.CustomTimeouts(create="20s", update="6s")
    return pulumi.ResourceTransformResult(asked.props, asked.opts)


pulumi.runtime.register_resource_transform(_short)
"""


def _ended(life: Life) -> None:
    """The deployment that runs is over."""
    row = life.app()

    def over(now: Row) -> Row:
        return now.replace(
            live={**now.live, "deployment": {**now.live["deployment"], "seconds": 0}}
        )

    life.store.update("azure-native", _APP, row.id, over, account=AZURE_SUBSCRIPTION)


def test_a_key_whose_right_holds_only_later(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """A role over a key holds minutes after it was assigned; here, two seconds."""
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0.007")
    key = f"{GROUP}/Microsoft.KeyVault/vaults/example-serving/keys/models"
    made, _ = life.up(key=key)
    order = [name for operation, name in made.order if operation == "create"]
    assert order.index("fraud-key") < order.index("fraud-storage")
    tried = life.store.events(token=_ACCOUNT, operation="create")
    assert [event.outcome == "ok" for event in tried[-2:]] == [False, True]
    assert "KeyVaultAuthenticationFailure" in tried[-2].detail
    (account,) = [
        row for row in life.store.list("azure-native", _ACCOUNT) if row.name.startswith("func")
    ]
    assert account.inputs["encryption"]["keyVaultProperties"]["keyName"] == "models"
    assert life.up()[0].steps == {}
    # Another key: another right, which the account waits for as well, before the former goes.
    other, _ = life.up(key=f"{key}-2")
    assert other.names("update", "replace") == {"fraud-key", "fraud-storage"}
    assert other.replaced_in_turn("fraud-key")
    assert life.store.events(token=_ACCOUNT, operation="update")[0].outcome != "ok"
    # None any more: the account is off the key before the right over it goes.
    none, _ = life.up(key=None)
    changed = [name for _, name in none.order if name in {"fraud-key", "fraud-storage"}]
    assert changed == ["fraud-storage", "fraud-key"]
    account = life.store.get("azure-native", _ACCOUNT, account.id, account=AZURE_SUBSCRIPTION)
    assert account is not None
    assert account.inputs["encryption"] == {"keySource": "Microsoft.Storage"}
    life.project.destroy()


def test_the_vendors_own_client_reads_what_was_deployed(life: Life) -> None:
    """azure-mgmt-web: what Azure's portal and command line read too."""
    life.up(timeout_seconds=45)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from azure.mgmt.web import WebSiteManagementClient  # noqa: PLC0415

    running = server.start(life.store.path)
    try:
        client = WebSiteManagementClient(
            Credential(), AZURE_SUBSCRIPTION, base_url=running.url, credential_scopes=["a/.default"]
        )
        name = life.app().name
        site = client.web_apps.get("models", name, enforce_https=False)
        assert site.https_only is True
        assert site.public_network_access == "Disabled"
        assert site.function_app_config is not None
        scale = site.function_app_config.scale_and_concurrency
        assert scale is not None
        assert (scale.instance_memory_mb, scale.maximum_instance_count) == (2048, 40)
        config = client.web_apps.get_configuration("models", name, enforce_https=False)
        assert config.min_tls_version == "1.2"
        settings = client.web_apps.list_application_settings("models", name, enforce_https=False)
        said = dict(settings.properties or {})
        assert said["AzureFunctionsJobHost__functionTimeout"] == "00:00:45"
        status = client.web_apps.get_one_deploy_status("models", name, enforce_https=False)
        assert status["properties"]["status"] == 4
    finally:
        running.close()
