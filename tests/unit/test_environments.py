"""`serving env new`: a file that says what is left to fill in, and nothing that is another's."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from stacks.settings.state_places import BACKENDS, PROVIDERS, backend, secrets_provider
from tests.unit.promoting import Answer, Estate, command, estate

DEV = """\
# yaml-language-server: $schema=docs/schema/environment.json
secretsprovider: passphrase
encryptionsalt: v1:abc
config:
  # Ours.
  model-serving:targets:
    aws:
      account_id: "123456789012" # of dev
      region: eu-west-1
    sagemaker:
      alarm_topic_arn: arn:aws:sns:eu-west-1:123456789012:serving-dev-alarms
    kubernetes:
      context: serving-dev
    eks:
      cluster_name: serving-dev
      subnet_ids:
        - subnet-0dev1
        - subnet-0dev2
  aws:token:
    secure: AAA
  aws:tokens:
    - name: first
      value: {secure: BBB}
    - name: second
  model-serving:protect: false
  model-serving:allow_deletion:
    - {name: fraud, reason: nobody calls it, owner: team-risk, expires: 2026-12-11}
  model-serving:defaults: {max_replicas: 2}
  model-serving:models:
    fraud:
      max_replicas: 3
      canary_percent: 50
"""
STAGING = """\
# yaml-language-server: $schema=docs/schema/environment.json
config:
  # Ours.
  model-serving:targets:
    aws:
      account_id: "<fill in: account_id of staging>" # of dev
      region: eu-west-1
    sagemaker:
      alarm_topic_arn: "<fill in: alarm_topic_arn of staging>"
    kubernetes:
      context: serving-staging
    eks:
      cluster_name: serving-staging
      subnet_ids: "<fill in: subnet_ids of staging>"
  model-serving:defaults: {max_replicas: 2}
  model-serving:models:
    fraud:
      max_replicas: 3
"""
SETS = (
    *("--set", "targets.aws.account_id=210987654321"),
    *("--set", "targets.sagemaker.alarm_topic_arn=arn:aws:sns:eu-west-1:210987654321:alarms"),
    *("--set", "targets.eks.subnet_ids=[subnet-0a1, subnet-0a2]"),
)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Estate:
    made = estate(tmp_path, monkeypatch)
    made.write("Pulumi.dev.yaml", DEV)
    exempt = {"rule": "x", "urn": "urn:pulumi:dev::y"}
    made.write(
        "policies/config/dev.json",
        json.dumps({"all": "advisory", "exemptions": {"granted": [exempt]}}),
    )
    return made


@pytest.fixture
def serving(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    return command(monkeypatch, capfd)


def test_what_is_left_is_told_and_refused(site: Estate, serving: Callable[..., Answer]) -> None:
    answer = serving("env", "new", "staging", "--yes")
    assert answer.code == 0, answer.err
    assert site.read("Pulumi.staging.yaml") == STAGING == answer.out
    assert json.loads(site.read("policies/config/staging.json")) == {
        "all": "advisory",
        "exemptions": {"granted": []},
    }
    left = [
        "Pulumi.staging.yaml:6:19: model-serving:targets.aws.account_id",
        "Pulumi.staging.yaml:9:24: model-serving:targets.sagemaker.alarm_topic_arn",
        "Pulumi.staging.yaml:14:19: model-serving:targets.eks.subnet_ids",
    ]
    assert [line.strip() for line in answer.err.splitlines() if line.startswith("  ")] == left
    assert "pulumi stack init staging" in answer.err
    checked = serving("check", "--env", "staging", "--no-guardrails")
    assert checked.code == 2
    assert checked.out.count("MS0109") == len(left)
    assert "3 problems in the settings" in checked.out
    assert serving("check", "--env", "dev", "--no-guardrails").code == 0


def test_with_every_value_it_validates_at_once(
    site: Estate, serving: Callable[..., Answer]
) -> None:
    before = site.files()
    provider = "awskms://alias/serving?region=eu-west-1"
    answer = serving(
        *("env", "new", "staging", "--yes", *SETS, "--backend", "s3://states?region=eu-west-1"),
        *("--secrets-provider", provider),
    )
    assert answer.code == 0, answer.err
    said = f"pulumi stack init staging --secrets-provider '{provider}'"
    assert f"PULUMI_BACKEND_URL='s3://states?region=eu-west-1' {said}" in answer.err
    assert serving("check", "--env", "staging", "--no-guardrails").code == 0
    assert 'account_id: "210987654321" # of dev' in answer.out
    assert "subnet-0a2" in answer.out
    assert {name: text for name, text in site.files().items() if name in before} == before


REFUSED: dict[str, tuple[tuple[str, ...], int, str]] = {
    "there already": (("prod", "--yes"), 2, "Pulumi.prod.yaml is there already"),
    "no name": (("Prod EU", "--yes"), 2, "got 'Prod EU'"),
    "out of the folder": (("../x", "--yes"), 2, "got '../x'"),
    "no such model of it": (("staging", "--from", "dve", "--yes"), 2, "did you mean: dev?"),
    "nobody to ask": (("staging",), 2, "--yes"),
    "no value": (("staging", "--yes", "--set", "region"), 2, "--set: got 'region'"),
    "below a value": (
        ("staging", "--yes", "--set", "targets.aws.region.x=1"),
        2,
        "region is no mapping of its own",
    ),
    "both addresses": (
        ("staging", "--yes", "--backend", "s4://b", "--secrets-provider", "awskms://x"),
        2,
        "--secrets-provider: got 'awskms://x'",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_written(site: Estate, serving: Callable[..., Answer], case: str) -> None:
    arguments, code, said = REFUSED[case]
    before = site.files()
    answer = serving("env", "new", *arguments)
    assert answer.code == code
    assert said in answer.err
    assert site.files() == before


RIGHT = [
    *("file://~", "file:///var/states", "s3://states", "s3://our.states/serving?region=eu-west-1"),
    *("s3://b-1/x?endpoint=minio.corp:9000&s3ForcePathStyle=true", "gs://states/prod"),
    *("azblob://states", "azblob://states/prod?storage_account=ours", "https://api.pulumi.com"),
    "https://pulumi.corp.example:8443/",
]
WRONG = [
    *("states", "s3:/states", "s3://S", "s3://states?region", "gs://", "azblob://Up_per", "s4://x"),
    *("http://api.pulumi.com", "https://host/path/x", "s3://states\n", "file://"),
]
PROVIDERS_RIGHT = [
    *("default", "passphrase", "hashivault://serving", "awskms://alias/serving?region=eu-west-1"),
    "awskms://1234abcd-12ab-34cd-56ef-1234567890ab?region=us-east-1",
    "awskms:///arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab?region=us-east-1",
    "awskms://alias/serving?awssdk=v2&region=eu-west-1&context_team=risk",
    "gcpkms://projects/p-1/locations/europe-west4/keyRings/r/cryptoKeys/k",
    "azurekeyvault://our-vault.vault.azure.net/keys/serving",
]
PROVIDERS_WRONG = [
    *("awskms://alias/serving", "awskms://serving?region=eu-west-1", "passphrase://x", "kms"),
    *("gcpkms://projects/p/keyRings/r/cryptoKeys/k", "hashivault://", "gcpkms"),
    *("azurekeyvault://vault/keys/x", "azurekeyvault://our-vault.vault.azure.net/secrets/x"),
]


def test_forms_of_backends_and_secrets_providers() -> None:
    assert [each for each in RIGHT if backend(each)] == []
    assert [each for each in WRONG if not backend(each)] == []
    assert [each for each in PROVIDERS_RIGHT if secrets_provider(each)] == []
    assert [each for each in PROVIDERS_WRONG if not secrets_provider(each)] == []
    # Each kind is tried.
    assert {each.partition(":")[0] for each in RIGHT} == BACKENDS.keys()
    assert {each.partition(":")[0] for each in PROVIDERS_RIGHT} == PROVIDERS.keys()
    assert secrets_provider("awskns://x").endswith("did you mean awskms?")


def test_what_files_say_of_them_is_checked(site: Estate, serving: Callable[..., Answer]) -> None:
    site.write("Pulumi.yaml", "name: m\nruntime: python\nbackend: {url: 's3:states'}\n")
    site.write("Pulumi.dev.yaml", DEV.replace("passphrase", "awskms://x"))
    answer = serving("check", "--env", "dev", "--no-guardrails")
    assert answer.code == 2
    assert 'Pulumi.yaml:3:16: MS0110 backend.url: got "s3:states"' in answer.out
    assert 'Pulumi.dev.yaml:2:18: MS0110 secretsprovider: got "awskms://x"' in answer.out
    assert "2 problems" in answer.out
