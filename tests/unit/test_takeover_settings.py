"""Strategies in model files: what is refused there, and that the component takes the rest."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.kubernetes.server.model_server import ModelServer
from stacks import targets
from tests.unit.component_mocks import record
from tests.unit.refusal_cases.takeover import AB, BESIDE, CANARY, GATEWAY, HOST
from tests.unit.settings_project import (
    DIGEST,
    KSERVE,
    KSERVE_LLM,
    MODEL_SERVER,
    SELDON,
    Project,
    changed,
    project,
)

IMAGE = MODEL_SERVER["model"]["image"]
UNIT = changed(BESIDE, strategy="blue_green", parts={"tokenizer": {"image": IMAGE}})
TWO = changed(UNIT, parts={"tokenizer": {"image": IMAGE}, "reranker": {"image": IMAGE}})


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def _part(key: str, value: object, **more: object) -> dict[str, Any]:
    return changed(UNIT, **{f"parts__tokenizer__{key}": value}, **more)


# A file, and what is said of it: code and key.
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (changed(CANARY, gateway_name="public"), "MS0221", "gateway_name"),
    (changed(CANARY, gateway_namespace="gateways"), "MS0221", "gateway_namespace"),
    (changed(CANARY, candidate_min_replicas=4), "MS0201", "candidate_min_replicas"),
    (_part("min_replicas", 2, parts__tokenizer__max_replicas=1), "MS0201", "max_replicas"),
    (_part("max_replicas", 1, min_replicas=2), "MS0201", "max_replicas"),
    (_part("resources", {"accelerator_count": 2}), "MS0207", "resources.accelerator_count"),
    (_part("resources", {"cpu": 193}), "MS0104", "resources.cpu"),
    (_part("resources", {"cpu": 0.04}), "MS0104", "resources.cpu"),
    (_part("load_seconds", 61, ready_timeout_seconds=60), "MS0213", "load_seconds"),
    (_part("uri", "s3://models/tokenizer/latest/"), "MS0202", "uri"),
    (_part("candidate_uri", "s3://models/tokenizer/main/"), "MS0202", "candidate_uri"),
    (_part("uri", f"oci://registry.example/a@{DIGEST}"), "MS0354", "uri"),
    (_part("uri", "image:models"), "MS0359", "uri"),
    (_part("uri", "s3://m/1/", parts__tokenizer__server="triton"), "MS0222", "uri"),
    (_part("env", {"A B": "c"}), "MS0217", "env.A B"),
    (_part("env", {"MODEL_NAME": "c"}), "MS0217", "env.MODEL_NAME"),
    (_part("env", {"TOKENIZER_URL": "http://a"}), "MS0217", "env.TOKENIZER_URL"),
    (_part("env", {"DB_PASSWORD": "abc"}), "MS0355", "env.DB_PASSWORD"),
    (_part("env", {"AWS_SECRET_ACCESS_KEY": "abc"}), "MS0356", "env.AWS_SECRET_ACCESS_KEY"),
    (
        _part("env", {"A": "b"}, parts__tokenizer__secret_env={"A": "keys/a"}),
        "MS0217",
        "secret_env.A",
    ),
]


@pytest.mark.parametrize(("asked", "code", "key"), REFUSED, ids=range(len(REFUSED)))
def test_refused(site: Project, asked: dict[str, Any], code: str, key: str) -> None:
    site.model("ranker", asked)
    (problem,) = site.problems()
    assert (problem.code, problem.key.removeprefix("parts.tokenizer.")) == (code, key)
    assert problem.place.line > 0
    assert problem.fix


def test_a_longest_body_is_no_gateways(site: Project) -> None:
    body = changed(CANARY, **HOST, **GATEWAY, max_body_mib=5)
    site.model("ranker", body)
    (problem,) = site.problems()
    assert problem.key == "max_body_mib"
    # A time is.
    site.model("ranker", changed(CANARY, **HOST, **GATEWAY, request_timeout_seconds=5))
    assert site.problems() == []


def test_what_leads_to_a_part_is_not_the_models_to_set(site: Project) -> None:
    site.model("ranker", changed(UNIT, env={"TOKENIZER_URL": "http://a"}))
    (problem,) = site.problems()
    assert (problem.code, problem.key) == ("MS0217", "env.TOKENIZER_URL")
    # Without that part it is.
    site.model("ranker", changed(BESIDE, strategy="blue_green", env={"TOKENIZER_URL": "http://a"}))
    assert site.problems() == []


def test_secrets_of_a_part(site: Project) -> None:
    site.model("ranker", _part("secret_env", {"DB_PASSWORD": "tokenizer/password"}))
    made = record(ModelServer, "ranker", targets.arguments(site.root, site.load(), "ranker"))
    pod = made.inputs["ranker-tokenizer-deployment-1-3-0"]["spec"]["template"]["spec"]
    (secret,) = [env for env in pod["containers"][0]["env"] if env["name"] == "DB_PASSWORD"]
    wanted = {"name": "tokenizer", "key": "password"}
    assert secret["valueFrom"]["secretKeyRef"] == wanted


@pytest.mark.parametrize(
    ("ranker", "name", "other", "key"),
    [
        # One model in place, and the other's version.
        (CANARY, "ranker-1-2-0", MODEL_SERVER, "model.version"),
        (CANARY, "ranker-1-3-0", MODEL_SERVER, "candidate.version"),
        (CANARY, "ranker-1-3-0", KSERVE, "candidate.version"),
        (UNIT, "ranker-tokenizer-1-3-0", MODEL_SERVER, "candidate.version"),
        (UNIT, "ranker-tokenizer", MODEL_SERVER, "parts.tokenizer"),
        (changed(CANARY, **HOST, **GATEWAY), "ranker-outside", MODEL_SERVER, "host"),
        (changed(CANARY, headless=True), "ranker-pods", MODEL_SERVER, "headless"),
    ],
)
def test_two_models_of_one_name(
    site: Project, ranker: dict[str, Any], name: str, other: dict[str, Any], key: str
) -> None:
    site.model("ranker", ranker)
    site.model(name, other)
    (problem,) = site.problems()
    assert (problem.code, problem.key) == ("MS0239", key)
    assert problem.place.file.endswith("/ranker.yaml")
    site.model("ranker", changed(ranker, namespace="search"))
    assert site.problems() == []
    # In place there is no version in the names.
    site.model("ranker", MODEL_SERVER)
    assert site.problems() == []


def test_a_part_and_another_models_version(site: Project) -> None:
    site.model("ranker", UNIT)
    site.model("ranker-tokenizer", CANARY)
    both = {
        ("MS0239", key, f"{name}.yaml")
        for name in ("ranker", "ranker-tokenizer")
        for key in ("model.version", "candidate.version")
    }
    found = {(p.code, p.key, p.place.file.rpartition("/")[2]) for p in site.problems()}
    assert found == both | {("MS0239", "parts.tokenizer", "ranker.yaml")}


@pytest.mark.parametrize(
    ("base", "namespace"), [(SELDON, "runtime_namespace"), (KSERVE_LLM, "namespace")]
)
def test_a_candidate_and_another_model(site: Project, base: dict[str, Any], namespace: str) -> None:
    newer = {"uri": base["model"]["uri"].replace("2.1.0", "3.0"), "version": "3.0"}
    site.model("churn", changed(base, candidate=newer))
    site.model("churn-candidate", base)
    (problem,) = site.problems()
    assert (problem.code, problem.key) == ("MS0239", "candidate.version")
    site.model("churn-candidate", changed(base, **{namespace: "elsewhere"}))
    assert site.problems() == []
    # Kinds of another target are other objects, or in another namespace.
    site.model("churn-candidate", MODEL_SERVER if base is SELDON else SELDON)
    assert site.problems() == []
    site.model("churn-candidate", base)
    site.model("churn", base)
    assert site.problems() == []


_KEYS: dict[str, st.SearchStrategy[Any]] = {
    "strategy": st.sampled_from(["recreate", "rolling", "blue_green", "canary", "ab", "shadow"]),
    "candidate_min_replicas": st.integers(1, 4),
    "min_replicas": st.integers(1, 4),
    "max_replicas": st.integers(1, 4),
    "autoscaler": st.sampled_from(["hpa", "none"]),
    "canary_percent": st.sampled_from([0, 50, 100]),
    "router": st.sampled_from(["istio", "gateway"]),
    "gateway_name": st.just("public"),
    "gateway_namespace": st.just("gateways"),
    "ab_header": st.sampled_from(["x-team", "cookie", "method"]),
    "ab_cookie": st.sampled_from(["team", "a`b"]),
    "ab_values": st.lists(st.sampled_from(["a", "a.b", "~"]), max_size=3),
    "rollout": st.sampled_from([{"owner": "rollout"}, {"owner": "file"}]),
    "host": st.just("ranker.example.com"),
    "exposure": st.sampled_from(["ingress", "gateway"]),
    "tls_secret_name": st.just("tls"),
    "parts__tokenizer": st.fixed_dictionaries(
        {"image": st.just(IMAGE)},
        optional={
            "min_replicas": st.integers(1, 4),
            "max_replicas": st.integers(1, 4),
            "candidate_image": st.just(IMAGE),
            "uri": st.sampled_from(["s3://m/1.0.0/", "pvc://a/b", "image:/m", "image:m"]),
            "env": st.dictionaries(
                st.sampled_from(["A", "MODEL_URI", "RERANKER_URL", "A-B"]), st.just("b")
            ),
            "server": st.sampled_from(["reference", "triton", "vllm"]),
            "load_seconds": st.sampled_from([1, 901]),
            "resources": st.sampled_from([{"cpu": 0.04}, {"cpu": 0.05}, {"memory_mib": 64}]),
        },
    ),
    "server": st.sampled_from(["reference", "triton", "vllm"]),
    "ready_timeout_seconds": st.sampled_from([60, 900]),
}
_CLUSTER = st.fixed_dictionaries(
    {"context": st.just("serving-dev")},
    optional={
        "mesh": st.sampled_from(["none", "istio_sidecar", "istio_ambient"]),
        "router": st.sampled_from(["istio", "gateway"]),
        "gateway_name": st.just("public"),
        "download_image": st.just(IMAGE),
    },
)
_FILES = st.tuples(
    st.sampled_from([BESIDE, CANARY, AB, changed(CANARY, **HOST, **GATEWAY), TWO]),
    st.lists(st.sampled_from(sorted(_KEYS)), max_size=3, unique=True).flatmap(
        lambda keys: st.fixed_dictionaries({key: _KEYS[key] for key in keys})
    ),
)


@settings(max_examples=60, deadline=None)
@given(file=_FILES, cluster=_CLUSTER)
def test_the_component_takes_what_the_check_takes(
    file: tuple[dict[str, Any], dict[str, Any]], cluster: dict[str, Any]
) -> None:
    base, changes = file
    if "parts" not in base:
        changes = {key: value for key, value in changes.items() if "__" not in key}
    with tempfile.TemporaryDirectory() as folder:
        site = project(Path(folder))
        site.environment(targets={"kubernetes": cluster})
        site.model("ranker", changed(base, **changes))
        if not site.problems():
            # A refusal would be an exception.
            arguments = targets.arguments(site.root, site.load(), "ranker")
            assert record(ModelServer, "ranker", arguments).outputs["url"]
