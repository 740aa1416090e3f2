"""What `serving` knows to be secret, how it hides that in streams, and what it refuses."""

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import resource_pb2

from delivery.engine import read
from delivery.failure import Failure
from delivery.secrecy import known as known_module
from delivery.secrecy import told
from delivery.secrecy.known import Engine, Known, in_environment, knowing
from delivery.secrecy.refused import refuse_what_tells_secrets
from delivery.state import holds_secrets
from facts.masking import HIDDEN
from stacks import told_secrets

ROOT = Path(__file__).resolve().parents[2]
CANARY = "canary-4f1d-0123456789"
# A process that passes on what another prints, as delivery/running/process.py does.
PASSING = f"""
import subprocess, sys
from delivery.secrecy.streams import filtered
from facts.masking import Mask
mask = Mask([{CANARY!r}])
with filtered(mask.text, mask.unfinished) as streams:
    process = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=streams.stdout,
        stderr=streams.stderr, pass_fds=streams.kept)
    streams.started()
    process.wait()
sys.exit(process.returncode)
"""
SAYS = f"""
import os, sys, time
print(os.isatty(1), flush=True)
os.write(1, b"begin {CANARY[:9]}")
time.sleep(0.1)
os.write(1, b"{CANARY[9:]} end\\nlast")
os.write(2, b"and {CANARY}\\n")
sys.exit(3)
"""


def passing(code: str) -> list[str]:
    return [sys.executable, "-c", PASSING, code]


def test_pipes_are_masked_and_stay_pipes() -> None:
    done = subprocess.run(passing(SAYS), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == f"False\nbegin {HIDDEN} end\nlast"
    assert done.stderr == f"and {HIDDEN}\n"
    assert done.returncode == 3


def test_a_terminal_is_masked_and_stays_one() -> None:
    """A secret that comes in two writes too; of the size of ours."""
    code = SAYS.replace("print(os.isatty(1)", "print(os.isatty(1), os.get_terminal_size(1).columns")
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    subprocess.run(["stty", "cols", "47"], stdin=theirs, check=True)
    done = subprocess.run(
        passing(code), cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, check=False
    )
    said = os.read(ours, 10_000).decode()
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 3
    assert "True 47" in said
    assert f"begin {HIDDEN} end" in said
    assert f"and {HIDDEN}" in said
    assert "canary" not in said


def test_what_the_engine_left_behind_is_not_waited_for() -> None:
    code = "import subprocess; subprocess.Popen(['sleep', '20']); print('done')"
    begun = time.monotonic()
    done = subprocess.run(passing(code), cwd=ROOT, stdout=subprocess.PIPE, check=False, timeout=60)
    assert done.stdout == b"done\n"
    assert time.monotonic() - begun < 15


def test_the_engine_goes_on_when_nobody_reads(tmp_path: Path) -> None:
    """Neither a reader that has seen enough, nor our own death ends it in the middle."""
    file = tmp_path / "ended"
    code = f"""
import time
for number in range(1000):
    print("line", number, flush=True)
    time.sleep(0.001)
open({str(file)!r}, "w").close()
"""
    process = subprocess.Popen(passing(code), cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    process.stdout.close()
    process.kill()
    process.wait()
    deadline = time.monotonic() + 30
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert file.exists()


ENVIRONMENT = {
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG",
    "GITHUB_TOKEN": "ghs_0123456789",
    "PULUMI_CONFIG_PASSPHRASE": "correct horse battery",
    "AZURE_STORAGE_CONNECTION_STRING": "AccountName=a;AccountKey=b",
    "HTTPS_PROXY": "http://me:pr0xy-password@proxy:3128",
}


def test_credentials_of_the_environment_are_known() -> None:
    found = set(in_environment(ENVIRONMENT))
    assert found == {*list(ENVIRONMENT.values())[:-1], "pr0xy-password"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token-of-the-pod"),
        ("GOOGLE_CREDENTIALS", "/etc/serving/key.json"),
        ("PULUMI_CONFIG_PASSPHRASE", "sandbox"),
        ("AWS_REGION", "eu-west-1-and-longer"),
    ],
)
def test_what_is_no_credential_is_not_hidden(name: str, value: str) -> None:
    assert list(in_environment({name: value})) == []


STATE = {
    "deployment": {
        "resources": [
            {
                "outputs": {
                    "open": "not-a-secret-at-all",
                    "key": {
                        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
                        "plaintext": json.dumps("state-canary-1"),
                    },
                    "more": [
                        {
                            "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
                            "plaintext": json.dumps({"a": ["state-canary-2"], "kind": "aws"}),
                        }
                    ],
                }
            }
        ]
    }
}
CONFIG = {
    "other:plain": {"value": "plain-configuration", "secret": False},
    "other:token": {"value": "config-canary-1", "secret": True},
    "other:parts": {
        "value": "{}",
        "objectValue": {"region": "eu-west-1-of-it", "token": "config-canary-2"},
        "secret": True,
    },
    "gcp:defaultLabels": {"value": '{"of": "canary-1-it"}', "secret": True},
}
FILE = """
config:
  other:plain: plain-configuration
  other:token:
    secure: v1:x
  other:parts:
    region: eu-west-1-of-it
    token:
      secure: v1:y
  gcp:defaultLabels:
    secure: v1:z
"""


def engine(folder: Path, *, state: str = "", config: str = "", code: int = 0) -> Engine:
    (folder / "state").write_text(state)
    (folder / "config").write_text(config)
    pulumi = folder / "pulumi"
    pulumi.write_text(
        f'#!/bin/sh\necho "$*" >> "{folder}/asked"\n'
        f'case "$1" in stack) cat "{folder}/state";; config) cat "{folder}/config";; esac\n'
        f"echo 'error: incorrect passphrase' >&2\nexit {code}\n"
    )
    pulumi.chmod(0o755)
    return Engine(str(pulumi), folder, ["up", "--stack", "dev"])


def test_secrets_of_state_and_configuration_are_known_before_anything_is_printed(
    tmp_path: Path,
) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(FILE)
    with knowing() as (known, _):
        known.ask(engine(tmp_path, state=json.dumps(STATE), config=json.dumps(CONFIG)))
        masked = known.text(
            "state-canary-1 state-canary-2 aws not-a-secret-at-all plain-configuration"
            " config-canary-1 config-canary-2 canary-1-it eu-west-1-of-it"
        )
    assert masked == (
        f"{HIDDEN} {HIDDEN} aws not-a-secret-at-all plain-configuration"
        f" {HIDDEN} {HIDDEN} {HIDDEN} eu-west-1-of-it"
    )
    assert known.notes == []


REPEATED = ("effectiveLabels", "pulumiLabels")
LABELS = {"team": "team-risk", "model": "vertex-scores", "classification": "internal"}


def _secret(value: object, key: str) -> dict[str, Any]:
    """As a state that is exported with its secrets has it, and as the engine's messages do."""
    told = json.dumps(value) if key == "plaintext" else value
    return {known_module._SIGNATURE: told_secrets._SECRET, key: told}  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


def test_labels_that_a_provider_repeats_as_secrets_are_words_still(tmp_path: Path) -> None:
    """pulumi-gcp does so in each resource: models' names would be hidden wherever they stand."""
    defaults = {"of": "canary-1-it"}
    added_by_google = {"deployment-tool": "cli-gcloud"}
    outputs = {
        "labels": LABELS,
        **{k: _secret({**LABELS, **defaults, **added_by_google}, "plaintext") for k in REPEATED},
        "password": _secret("state-canary-3", "plaintext"),
    }
    secret = {
        "labels": _secret({"of": "state-canary-5"}, "plaintext"),
        "effectiveLabels": _secret({"of": "state-canary-5"}, "plaintext"),
    }
    resources = [
        # What is nested in a provider's inputs stands in them as JSON.
        {
            "type": "pulumi:providers:gcp",
            "inputs": {"defaultLabels": _secret(json.dumps(defaults), "plaintext")},
        },
        {"type": "gcp:storage/bucket:Bucket", "outputs": outputs},
        {"type": "gcp:storage/bucket:Bucket", "outputs": secret},
        # Of others, and elsewhere, a name alone says nothing.
        {
            "type": "pulumi:pulumi:Stack",
            "outputs": {"pulumiLabels": _secret("state-canary-6", "plaintext")},
        },
        {
            "type": "gcp:storage/bucket:Bucket",
            "inputs": {"pulumiLabels": _secret("state-canary-7", "plaintext")},
        },
    ]
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  a:b: c\n")
    known = Known()
    known.ask(engine(tmp_path, state=json.dumps({"resources": resources})))
    said = "creating vertex-scores: internal error of team-risk, cli-gcloud"
    canaries = ["canary-1-it", *(f"state-canary-{number}" for number in (3, 5, 6, 7))]
    assert known.text(f"{said} {' '.join(canaries)}") == f"{said}{f' {HIDDEN}' * len(canaries)}"


def test_the_program_tells_of_no_labels_that_are_repeated() -> None:
    outputs = {key: _secret({**LABELS, "default": "canary"}, "value") for key in REPEATED}
    outputs |= {"labels": LABELS, "password": _secret("program-canary-3", "value")}
    answer = resource_pb2.RegisterResourceResponse(object=_struct(outputs))
    for kind, count in {"gcp:storage/bucket:Bucket": 1, "pulumi:pulumi:Stack": 3}.items():
        heard: list[object] = []

        def answered(_: object) -> resource_pb2.RegisterResourceResponse:
            return answer

        monitor = SimpleNamespace(RegisterResource=answered)
        asked = resource_pb2.RegisterResourceRequest(type=kind)
        told_secrets.looked_at(monitor, heard.append).RegisterResource(asked)
        assert len(heard) == count
        assert "program-canary-3" in heard


def test_the_program_tells_each_default_label_of_a_provider() -> None:
    heard: list[object] = []
    labels = _secret(json.dumps({"of": "canary-1-it"}), "value")
    asked = resource_pb2.RegisterResourceRequest(
        type="pulumi:providers:gcp", object=_struct({"defaultLabels": labels})
    )
    monitor = SimpleNamespace(RegisterResource=lambda _: None)  # pyright: ignore[reportUnknownLambdaType]
    told_secrets.looked_at(monitor, heard.append).RegisterResource(asked)
    assert heard == [[json.dumps({"of": "canary-1-it"}), {"of": "canary-1-it"}]]


def _struct(content: Mapping[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(content)
    return made


def test_configuration_is_asked_for_only_where_it_has_secrets(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  a:b: c\n")
    known = Known()
    known.ask(engine(tmp_path, state="{}"))
    known.text("wait")
    (asked,) = (tmp_path / "asked").read_text().splitlines()
    assert asked == "stack export --show-secrets --stack dev --non-interactive"


def test_a_state_that_was_seen_to_hold_no_secrets_is_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  a:b: c\n")
    known = Known()
    known.ask(engine(tmp_path, state="{}"), of_state=False)
    known.text("wait")
    assert not (tmp_path / "asked").exists()


ENCRYPTED = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "v1:x",
}
REFERENCE = {
    "4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e",
    "urn": "urn:pulumi:dev::serving::a:b:C::name",
}


@pytest.mark.parametrize(
    ("exported", "holds"),
    [
        ({}, False),
        ({"resources": [{"outputs": {"url": "https://a.example", "no": None}}]}, False),
        ({"resources": [{"outputs": {"of": REFERENCE}}]}, False),
        ({"resources": [{"outputs": {"deep": [{"er": ENCRYPTED}]}}]}, True),
        ({"resources": [], "pending_operations": [{"resource": {"inputs": ENCRYPTED}}]}, True),
    ],
)
def test_whether_a_state_holds_secrets(exported: dict[str, Any], holds: bool) -> None:  # noqa: FBT001
    assert holds_secrets(exported) is holds


def test_what_could_not_be_asked_is_said(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  a:b:\n    secure: v1:x\n")
    known = Known()
    known.ask(engine(tmp_path, code=255))
    assert known.text("as it is") == "as it is"
    (note,) = known.notes
    assert "PULUMI_CONFIG_PASSPHRASE" in note


def test_a_run_ends_with_what_could_not_be_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever command it is: the note is printed where the run ends, also where it failed."""
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  a:b:\n    secure: v1:x\n")

    def fails() -> None:
        with knowing() as (known, _):
            known.ask(engine(tmp_path, code=255))
            known.text("as it is")
            assert capsys.readouterr().err == ""
            raise Failure("the preview failed")

    with pytest.raises(Failure, match="the preview failed"):
        fails()
    assert capsys.readouterr().err.startswith("note: without the passphrase")


def test_what_hangs_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_module, "_SECONDS", 0.5)
    asked = engine(tmp_path, state=json.dumps(STATE))
    answers = tmp_path / "answers"
    (tmp_path / "pulumi").write_text(
        f'#!/bin/sh\nwhile [ ! -f "{answers}" ]; do sleep 0.1; done\ncat "{tmp_path}/state"\n'
    )
    known = Known()
    known.ask(asked)
    (asking,) = known._asking  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    begun = time.monotonic()
    for _ in range(20):
        assert known.text("state-canary-1") == "state-canary-1"
    assert 0.5 <= time.monotonic() - begun < 5
    (note,) = known.notes
    assert "did not tell within" in note
    # What is answered after all is hidden from then on.
    answers.touch()
    asking.join(10)
    assert known.text("state-canary-1") == HIDDEN


def test_a_failed_question_tells_no_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pulumi").write_text(f"#!/bin/sh\necho 'error: no {CANARY} here' >&2\nexit 1\n")
    (tmp_path / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("VENDOR_TOKEN", CANARY)
    with pytest.raises(Failure) as refused:
        read(tmp_path, ["stack", "export"])
    assert str(refused.value) == f"no {HIDDEN} here"


def test_the_program_tells_before_it_goes_on() -> None:
    assert told.VARIABLE == told_secrets.VARIABLE
    with knowing() as (known, variables):
        code = f"""
import os, pulumi
from stacks import told_secrets
told_secrets.tell(os.environ[told_secrets.VARIABLE])
pulumi.Output.secret({CANARY!r})
pulumi.Output.secret({{"key": ["{CANARY}-2", 7]}})
os._exit(0)  # At once: what was told is known.
"""
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=os.environ | variables, check=True
        )
        assert known.text(f"{CANARY}, {CANARY}-2!") == f"{HIDDEN}, {HIDDEN}!"
        address = Path(variables[told.VARIABLE])
        assert address.parent.stat().st_mode & 0o077 == 0
    assert not address.exists()


def test_many_threads_may_tell_at_once() -> None:
    code = f"""
import os, pulumi, threading
from stacks import told_secrets
told_secrets.tell(os.environ[told_secrets.VARIABLE])
threads = [threading.Thread(target=pulumi.Output.secret, args=(f"{CANARY}-{{n}}-of-many",))
    for n in range(50)]
[each.start() for each in threads]
[each.join() for each in threads]
os._exit(0)
"""
    with knowing() as (known, variables):
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=os.environ | variables, check=True
        )
        masked = known.text(" ".join(f"{CANARY}-{number}-of-many" for number in range(50)))
    assert masked == " ".join([HIDDEN] * 50)


REFUSED = [
    (("-v", "9"), "-v 9: from level 9 on"),
    (("-v9",), "-v9: from"),
    (("-v=11", "--logtostderr"), "-v=11: from"),
    (("--verbose=10",), "--verbose=10: from"),
    (("--verbose", "9"), "--verbose 9: from"),
    (("--show-secrets",), "--show-secrets"),
    (("--event-log", "x"), "--event-log"),
]


@pytest.mark.parametrize(("arguments", "word"), REFUSED)
def test_what_writes_secrets_past_us_is_refused(arguments: tuple[str, ...], word: str) -> None:
    with pytest.raises(Failure) as caught:
        refuse_what_tells_secrets(["up", "--stack", "dev", *arguments], {})
    assert word in str(caught.value)
    assert "fix:" in str(caught.value)


@pytest.mark.parametrize(
    "arguments",
    [("-v", "8"), ("-v3",), ("--verbose=8", "--logtostderr"), ("--show-secrets=false",), ("-y",)],
)
def test_what_writes_no_secrets_is_passed_on(arguments: tuple[str, ...]) -> None:
    refuse_what_tells_secrets(["up", *arguments], {"PULUMI_DEBUG_GRPC": "", "HOME": "/"})


def test_all_that_is_refused_is_told_at_once() -> None:
    variables = {"PULUMI_DEBUG_GRPC": "grpc.json", "PULUMI_OPTION_VERBOSE": "9"}
    with pytest.raises(Failure) as caught:
        refuse_what_tells_secrets(["up", "-v=9", "--show-secrets"], variables)
    for word in ("-v=9", "--show-secrets", "PULUMI_DEBUG_GRPC", "PULUMI_OPTION_VERBOSE=9"):
        assert word in str(caught.value)
