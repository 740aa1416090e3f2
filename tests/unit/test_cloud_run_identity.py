"""Whom an instance of CloudRunEndpoint acts as, and what it and Cloud Run's agent may."""

import hashlib
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest

from components.gcp.cloud_run.cloud_run_endpoint import CloudRunEndpoint
from tests.unit.cloud_run_cases import (
    AGENT,
    CANDIDATE,
    CANDIDATE_RIGHT,
    KEY,
    MINIMAL,
    RIGHT,
    SECRET,
    SOURCE_RIGHT,
    archive,
    archived,
)
from tests.unit.component_mocks import Recorded, record

__all__ = ["archive"]

_HASH = hashlib.sha256(b"project/stack/fraud-dev-run").hexdigest()[:7]
_ACCOUNT = f"serviceAccount:fraud-dev-run-{_HASH}@example-models.iam.gserviceaccount.com"


def test_the_account_reads_its_model_and_secrets_and_nothing_else() -> None:
    secrets = {"secret_environment_variables": {"FEATURES_PASSWORD": SECRET}}
    recorded = record(CloudRunEndpoint, "fraud", {**MINIMAL, **secrets})
    (grant,) = recorded.of("gcp:storage/bucketIAMMember:BucketIAMMember").values()
    assert (grant["bucket"], grant["member"]) == ("example-models", _ACCOUNT)
    assert "objects/fraud/1.4.0/model.onnx" in grant["condition"]["expression"]
    (secret,) = recorded.of("gcp:secretmanager/secretIamMember:SecretIamMember").values()
    assert (secret["secretId"], secret["member"]) == ("feature-store", _ACCOUNT)
    assert not [t for t in recorded.types.values() if t.startswith("gcp:projects/")]


def test_of_a_given_account_nothing_is_granted() -> None:
    email = "fraud@example-models.iam.gserviceaccount.com"
    recorded = record(CloudRunEndpoint, "fraud", {**MINIMAL, "service_account": email})
    assert recorded.inputs["fraud-service"]["template"]["serviceAccount"] == email
    assert not recorded.of("gcp:serviceaccount/account:Account")
    assert not recorded.of("gcp:storage/bucketIAMMember:BucketIAMMember")


def _options(monkeypatch: pytest.MonkeyPatch) -> dict[str, pulumi.ResourceOptions]:
    """Of what is made from now on, by name."""
    found: dict[str, pulumi.ResourceOptions] = {}
    original = pulumi.Resource.__init__

    def watch(self: pulumi.Resource, *args: Any, **more: Any) -> None:  # noqa: ANN401
        original(self, *args, **more)
        opts = next((each for each in args if isinstance(each, pulumi.ResourceOptions)), None)
        found[args[1]] = opts or pulumi.ResourceOptions()

    monkeypatch.setattr(pulumi.Resource, "__init__", watch)
    return found


def test_the_right_to_a_model_waits_for_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Google refuses a member that is not there yet, and its name is known before it is."""
    options = _options(monkeypatch)
    record(CloudRunEndpoint, "fraud", MINIMAL)
    (account,) = cast("list[pulumi.Resource]", options[RIGHT].depends_on)
    assert account.pulumi_resource_name == "fraud-account"


def _grants(recorded: Recorded) -> set[str]:
    return set(recorded.of("gcp:storage/bucketIAMMember:BucketIAMMember"))


def test_a_right_is_of_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Named so, it is neither replaced nor taken away while something is there."""
    options = _options(monkeypatch)
    assert _grants(record(CloudRunEndpoint, "fraud", MINIMAL)) == {RIGHT}
    (formerly,) = options[RIGHT].aliases or []
    assert isinstance(formerly, pulumi.Alias)
    assert formerly.name == "fraud-1-4-0-model"
    # A generation is no place of its own, and the version is not in it.
    again = {"model_uri": f"{MINIMAL['model_uri']}#17", "model_version": "1.4.1"}
    assert _grants(record(CloudRunEndpoint, "fraud", MINIMAL | again)) == {RIGHT}
    # Where it is known later, it has the version's name.
    later = {"model_uri": pulumi.Output.from_input(MINIMAL["model_uri"])}
    assert _grants(record(CloudRunEndpoint, "fraud", MINIMAL | later)) == {"fraud-1-4-0-model"}


def test_rights_to_what_is_known_later_do_not_go_with_one_another() -> None:
    """Two models of two outputs may be of one place, and a right is what it says."""
    uris = {"model_uri", "candidate_uri"}
    later = {key: pulumi.Output.from_input(MINIMAL["model_uri"]) for key in uris}
    recorded = record(CloudRunEndpoint, "fraud", MINIMAL | CANDIDATE | later)
    grants = _grants(recorded)
    assert grants == {"fraud-1-4-0-model", "fraud-1-5-0-model", "fraud-stable-model"}
    conditions = [recorded.inputs[name]["condition"] for name in grants]
    assert len({each["expression"] for each in conditions}) == 1
    assert len({each["title"] for each in conditions}) == len(grants)


def test_beside_a_candidate_the_stable_revision_has_rights_of_its_own(archive: Path) -> None:
    kept = {"fraud-stable-model"}
    recorded = record(CloudRunEndpoint, "fraud", MINIMAL | CANDIDATE)
    assert _grants(recorded) == {RIGHT, CANDIDATE_RIGHT, *kept}
    stable, other = recorded.inputs["fraud-stable-model"], recorded.inputs[RIGHT]
    assert (stable["member"], stable["role"]) == (other["member"], other["role"])
    assert stable["condition"]["expression"] == other["condition"]["expression"]
    # With another title it is another right: the one goes without the other.
    assert stable["condition"]["title"] != other["condition"]["title"]

    same = CANDIDATE | {"candidate_uri": MINIMAL["model_uri"]}
    assert _grants(record(CloudRunEndpoint, "fraud", MINIMAL | same)) == {RIGHT, *kept}
    # The stable model was in its image: what is granted is a right that is there.
    pulled = MINIMAL | CANDIDATE | {"model_uri": "file:fraud/1.4.0/model.onnx"}
    recorded = record(CloudRunEndpoint, "fraud", pulled)
    assert _grants(recorded) == {CANDIDATE_RIGHT, *kept}
    conditions = [recorded.inputs[name]["condition"] for name in _grants(recorded)]
    assert len({condition["expression"] for condition in conditions}) == 1

    candidate = {key: CANDIDATE[key] for key in ("candidate_version", "candidate_uri")}
    recorded = record(CloudRunEndpoint, "fraud", archived(archive, **candidate))
    assert _grants(recorded) == {RIGHT, CANDIDATE_RIGHT, SOURCE_RIGHT, *kept, "fraud-stable-source"}
    assert recorded.inputs["fraud-stable-source"]["member"] == AGENT


def test_the_right_to_a_key_stays_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent is one for the project: what another service needs is not taken away."""
    options = _options(monkeypatch)
    recorded = record(CloudRunEndpoint, "fraud", {**MINIMAL, "key": KEY})
    grant = recorded.inputs["fraud-key-agent"]
    assert (grant["cryptoKeyId"], grant["member"]) == (KEY, AGENT)
    assert options["fraud-key-agent"].retain_on_delete is True
    assert not options["fraud-service"].retain_on_delete
