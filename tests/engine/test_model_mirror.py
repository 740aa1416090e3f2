"""Models copied to a mirror of one's own before anything serves them, through the engine."""

import json
from typing import Any

import pytest

from sandbox.seed_registries import COMMITS
from sandbox.store import Fault, Store
from tests.engine.running import running_up, wait_until
from tests.engine.test_model_references import estate
from tests.engine.test_program import GO, Estate, of

__all__ = ["estate"]

pytestmark = pytest.mark.engine

_MIRROR = "s3://our-models/mirror/"
_OBJECT = "s3:Object"
_COPY = "serving:index:ModelCopy"
_CHURN: dict[str, Any] = {
    "target": "kserve",
    "owner": "team-growth",
    "model": {
        "uri": "s3://example-models/churn/2.1.0/",
        "version": "2.1.0",
        "framework": "sklearn",
    },
}
_ASSISTANT: dict[str, Any] = {
    "target": "kserve",
    "owner": "team-assistant",
    "model": {"uri": f"hf://example/assistant@{COMMITS[0]}", "framework": "huggingface"},
    "resources": {"cpu": 4, "memory_mib": 16384},
}
_IMAGE = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/fraud@sha256:{'1' * 64}"
_MODELS = {"churn": _CHURN, "assistant": _ASSISTANT}
_WEIGHTS = "model.safetensors"
_REFRESH = ("refresh", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev")
_PREVIEW = ("preview", "--diff", "--non-interactive", "--stack", "dev")


def _write(estate: Estate, **models: dict[str, Any]) -> None:
    for name, settings in models.items():
        estate.model(name).write_text(json.dumps(settings))


def _there(store: Store) -> set[str]:
    """Keys of what is in the mirror."""
    rows = store.starting("registries", _OBJECT, "our-models/mirror/")
    return {row.id.removeprefix("our-models/mirror/") for row in rows}


def _written(store: Store, after: int = 0) -> list[str]:
    """Keys of what was written there, in turn."""
    done = {"s3:PutObject", "s3:CopyObject", "s3:CompleteMultipartUpload"}
    found = [each for each in store.events(_OBJECT, "s3:*", after=after) if each.operation in done]
    return [each.id.removeprefix("/our-models/mirror/") for each in found if each.outcome == "ok"]


def _last(store: Store) -> int:
    return max(each.sequence for each in store.events())


def _copies(estate: Estate) -> dict[str, dict[str, Any]]:
    """Outputs of the copies in state, by name."""
    found = estate.resources()
    return {
        each["urn"].rpartition("::")[2]: each["outputs"] for each in found if each["type"] == _COPY
    }


def test_a_copy_is_made_once_before_what_serves_it(estate: Estate) -> None:
    estate.write("model_mirror", _MIRROR)
    estate.write("artifact_prefixes", [_MIRROR])
    _write(estate, churn=_CHURN, assistant=_ASSISTANT)

    # A preview copies nothing, and knows where each copy will be.
    preview = estate.sandbox.pulumi(*_PREVIEW, cwd=estate.root).stdout
    with estate.sandbox.store() as store:
        assert _there(store) == set()
    estate.up()
    copies = _copies(estate)
    places = {name: str(each["uri"]).removeprefix(_MIRROR) for name, each in copies.items()}
    for name, version in (("churn", "2.1.0"), ("assistant", COMMITS[0])):
        uri = f"{_MIRROR}{places[f'{name}.copy']}"
        assert uri.startswith(f"{_MIRROR}{name}/{version}-")
        assert f'storageUri     : "{uri}"' in preview
        assert copies[f"{name}.copy"]["status"] == "whole"
        assert estate.sandbox.outputs(estate.root)["endpoints"][name]["copies"] == {
            "model.uri": {"from": _MODELS[name]["model"]["uri"], "to": uri}
        }
    with estate.sandbox.store() as store:
        there = _there(store)
        hub = {f"{places['assistant.copy']}{file}" for file in ("config.json", _WEIGHTS)}
        assert hub <= there
        assert f"{places['churn.copy']}model.pkl" in there
        written = _written(store)
        # What says that a copy is whole comes last.
        for place in places.values():
            folder = place.split("/")[0]
            of_model = [each for each in written if each.startswith(f"{folder}/")]
            assert of_model[-1].endswith("/.model-copy.json")
    # The right to read follows the copy.
    policies = json.dumps([each.get("inputs") for each in estate.resources()])
    assert f"our-models/mirror/{places['churn.copy']}" in policies
    assert "example-models" not in json.dumps(
        [each.get("inputs") for each in estate.resources() if each["type"] != _COPY]
    )

    # Nothing to do, and the sources are not asked.
    with estate.sandbox.store() as store:
        last = _last(store)
        store.add_fault(Fault("huggingface:*", "*", "unreachable", count=-1))
    quiet = estate.sandbox.up(estate.root, "--expect-no-changes", check=False)
    assert quiet.returncode == 0, quiet.stdout + quiet.stderr
    with estate.sandbox.store() as store:
        assert _written(store, last) == []
        store.clear_faults()

    # A new version is copied alone, and what was there before stays.
    before = estate.facts()
    newer = {**_ASSISTANT["model"], "uri": f"hf://example/assistant@{COMMITS[1]}"}
    _write(estate, assistant={**_ASSISTANT, "model": newer})
    estate.serving("up", "--only", "assistant", *GO)
    after = estate.facts()
    changed = {urn for urn in {*before, *after} if before.get(urn) != after.get(urn)}
    assert changed
    names = {urn.rpartition("::")[2].replace(".", "-") for urn in changed}
    assert all(of("assistant", name) for name in names), names
    with estate.sandbox.store() as store:
        assert there < _there(store)
        assert all(each.startswith(f"assistant/{COMMITS[1]}") for each in _written(store, last))


def test_what_is_done_to_a_copy_is_seen_and_mended(estate: Estate) -> None:
    estate.write("model_mirror", _MIRROR)
    _write(estate, churn=_CHURN)
    estate.up()
    with estate.sandbox.store() as store:
        there = _there(store)

    # Somebody deletes a file, and writes over another one: a refresh sees both, `up` mends them.
    place = str(_copies(estate)["churn.copy"]["uri"]).removeprefix(_MIRROR)
    with estate.sandbox.store() as store:
        store.delete("registries", _OBJECT, f"our-models/mirror/{place}MLmodel")
        key = f"our-models/mirror/{place}model.pkl"
        other = {"versions": [{"text": "another model", "etag": "0" * 32}]}
        store.update("registries", _OBJECT, key, lambda row: row.replace(live=other))
        last = _last(store)
    estate.sandbox.pulumi(*_REFRESH, cwd=estate.root)
    status = _copies(estate)["churn.copy"]["status"]
    assert status == f"mirror/{place}MLmodel is gone, mirror/{place}model.pkl was changed"
    estate.up()
    with estate.sandbox.store() as store:
        mended = {each.removeprefix(place) for each in _written(store, last)}
        assert mended > {"MLmodel", "model.pkl"}
        assert _there(store) == there
    assert _copies(estate)["churn.copy"]["status"] == "whole"

    # All of it is gone: it is made anew, whether a refresh has told or a preview finds it.
    for refreshed in (True, False):
        with estate.sandbox.store() as store:
            for row in store.starting("registries", _OBJECT, "our-models/mirror/churn/"):
                store.remove(row)
        if refreshed:
            estate.sandbox.pulumi(*_REFRESH, cwd=estate.root)
            assert "churn.copy" not in _copies(estate)
        else:
            preview = estate.sandbox.pulumi(*_PREVIEW, cwd=estate.root).stdout
            assert "~ serving:index:ModelCopy: (update)" in preview
        estate.up()
        with estate.sandbox.store() as store:
            assert _there(store) == there

    # What may have to be gone back to is not taken away.
    estate.sandbox.destroy(estate.root)
    assert estate.resources() == []
    with estate.sandbox.store() as store:
        assert _there(store) == there


def test_a_run_that_was_killed_goes_on(estate: Estate) -> None:
    estate.write("model_mirror", _MIRROR)
    _write(estate, assistant=_ASSISTANT)
    estate.up()
    newer = {**_ASSISTANT["model"], "uri": f"hf://example/assistant@{COMMITS[1]}"}
    _write(estate, assistant={**_ASSISTANT, "model": newer})
    with estate.sandbox.store() as store:
        before = _there(store)
        # Three files are looked into before, and two copied.
        store.add_fault(Fault("huggingface:Model", "download", "slow", skip=5, seconds=120))
    with running_up(estate.sandbox, estate.root) as up, estate.sandbox.store() as store:
        wait_until(lambda: len(_there(store)) == len(before) + 2, 90, "two of the files")
        up.processes.kill("/pulumi up ")
        up.fails()
    with estate.sandbox.store() as store:
        there = _there(store) - before
        assert len(there) == 2
        assert not any(each.endswith(".model-copy.json") for each in there)
        store.clear_faults()
        last = _last(store)
    # What served goes on to serve from where it did.
    live = json.dumps([each.get("inputs") for each in estate.resources() if each["type"] != _COPY])
    assert COMMITS[0] in live
    assert COMMITS[1] not in live
    estate.up()
    with estate.sandbox.store() as store:
        # The one that was not there, and what says that all are.
        assert [each.rpartition("/")[2] for each in _written(store, last)] == [
            _WEIGHTS,
            ".model-copy.json",
        ]
        assert there < _there(store)


def test_a_promoted_candidate_has_its_copy(estate: Estate) -> None:
    """The first is one version of an object, by what is newest there."""
    estate.write("model_mirror", ["gs://our-models/mirror/", _MIRROR])
    estate.write("follow_aliases", value=True)
    stable = {"uri": "s3://example-models/loyalty/model.onnx", "framework": "onnx"}
    candidate = {"uri": "s3://example-models/fraud/1.5.0/model.tar.gz", "version": "1.5.0"}
    model = {
        "target": "sagemaker",
        "owner": "team-risk",
        "model": {**stable, "image": _IMAGE},
        "candidate": candidate,
        "canary_percent": 10,
    }
    _write(estate, fraud=model)
    estate.up()
    copies = _copies(estate)
    assert set(copies) == {"fraud.copy", "fraud.copy.candidate"}
    source, uri = (str(copies["fraud.copy"][key]) for key in ("source", "uri"))
    assert "?versionId=" in source
    assert uri.startswith(f"{_MIRROR}fraud/s3-")
    assert uri.endswith("/model.onnx")
    with estate.sandbox.store() as store:
        there, last = _there(store), _last(store)

    del model["candidate"], model["canary_percent"]
    _write(estate, fraud={**model, "model": {**candidate, "framework": "onnx", "image": _IMAGE}})
    estate.up()
    assert set(_copies(estate)) == {"fraud.copy"}
    assert _copies(estate)["fraud.copy"]["uri"] == copies["fraud.copy.candidate"]["uri"]
    with estate.sandbox.store() as store:
        assert _written(store, last) == []
        assert _there(store) == there


def test_what_cannot_be_copied_stops_all(estate: Estate) -> None:
    estate.write("model_mirror", "s3://nobodys-models/mirror")
    _write(estate, churn=_CHURN, assistant=_ASSISTANT)
    said = _said(estate)
    assert said.count("MS0568 model.uri") == 2
    assert "NoSuchBucket" in said
    assert "correct its name in model-serving:model_mirror" in said

    estate.write("model_mirror", _MIRROR)
    pickled = {**_ASSISTANT["model"], "uri": f"hf://example/pickled@{COMMITS[0]}"}
    gated = {**_ASSISTANT["model"], "uri": f"hf://example/assistant-gated@{COMMITS[0]}"}
    gone = {**_CHURN["model"], "uri": "s3://example-models/churn/2.1.1/", "version": "2.1.1"}
    _write(
        estate,
        churn={**_CHURN, "model": gone},
        assistant={**_ASSISTANT, "model": pickled},
        gated={**_ASSISTANT, "model": gated},
    )
    said = _said(estate)
    assert "MS0564 model.uri" in said
    assert "HF_TOKEN" in said
    assert "there is nothing at churn/2.1.1/" in said
    assert "stacks/models/gated.yaml:1:" in said
    assert estate.resources() == []


def _said(estate: Estate) -> str:
    """What is printed by a preview that must fail."""
    asked = ("preview", "--non-interactive", "--stack", "dev")
    stopped = estate.sandbox.pulumi(*asked, cwd=estate.root, check=False)
    printed = stopped.stdout + stopped.stderr
    assert stopped.returncode != 0, printed
    assert "Traceback" not in printed
    return printed
