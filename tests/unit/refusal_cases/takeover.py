"""What a plain model server's strategies cannot do: what is refused, and the nearest that works."""

from typing import Any

from tests.unit.settings_project import CANDIDATE, DIGEST, KSERVE, MODEL_SERVER, changed

NEXT = {"uri": "s3://models/ranker/1.3.0/", "version": "1.3.0"}
BESIDE = changed(MODEL_SERVER, candidate=NEXT)
CANARY = changed(BESIDE, strategy="canary", router="gateway")
AUDIENCE = {"ab_header": "x-team", "ab_values": ["blue"]}
AB = changed(BESIDE, strategy="ab", router="gateway", **AUDIENCE)
HOST = {"host": "ranker.example.com"}
PARTS = {"tokenizer": {"image": MODEL_SERVER["model"]["image"]}}
GATEWAY = {"gateway_name": "public", "gateway_namespace": "istio-ingress"}
WIDE = changed(AB, **HOST, **GATEWAY, predict_paths=[f"/v{number}" for number in range(5)])
OWNED = {"rollout": {"owner": "rollout"}}

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("kubernetes/candidate-in-place", BESIDE, changed(BESIDE, strategy="blue_green")),
    ("kubernetes/candidate-in-place", changed(BESIDE, strategy="recreate"), MODEL_SERVER),
    (
        "kubernetes/share-between",
        changed(BESIDE, strategy="blue_green", canary_percent=50),
        changed(CANARY, canary_percent=50),
    ),
    (
        "kubernetes/share-between",
        changed(BESIDE, strategy="blue_green", canary_percent=99),
        changed(BESIDE, strategy="blue_green", canary_percent=100),
    ),
    ("kubernetes/share-of-ab", changed(AB, canary_percent=1), AB),
    (
        "kubernetes/no-router",
        changed(MODEL_SERVER, strategy="shadow"),
        changed(MODEL_SERVER, strategy="shadow", router="gateway"),
    ),
    ("kubernetes/ab-audience", changed(AB, ab_header=None), AB),
    ("kubernetes/ab-audience", changed(AB, ab_cookie="team"), AB),
    ("kubernetes/ab-audience", changed(AB, ab_values=[]), AB),
    ("kubernetes/ab-audience", changed(CANARY, ab_cookie="team"), CANARY),
    (
        "kubernetes/parts-in-place",
        changed(MODEL_SERVER, parts=PARTS),
        changed(MODEL_SERVER, parts=PARTS, strategy="blue_green"),
    ),
    (
        "kubernetes/host-without-gateway",
        changed(CANARY, **HOST),
        changed(CANARY, **HOST, **GATEWAY),
    ),
    ("kubernetes/no-share-to-own", changed(AB, **OWNED), changed(CANARY, **OWNED)),
    (
        "kubernetes/no-share-to-own",
        changed(MODEL_SERVER, strategy="canary", router="gateway", **OWNED),
        changed(MODEL_SERVER, strategy="canary", router="gateway"),
    ),
    (
        "kubernetes/one-name-for-two",
        changed(CANARY, candidate={"uri": "s3://models/ranker/1-2-0/", "version": "1-2-0"}),
        CANARY,
    ),
    ("kubernetes/header-that-is-none", changed(AB, ab_header="Method"), AB),
    (
        "kubernetes/too-many-matches",
        changed(WIDE, ab_values=[f"team-{number}" for number in range(13)]),
        changed(WIDE, ab_values=[f"team-{number}" for number in range(12)]),
    ),
    (
        "kubernetes/part-named-as-a-version",
        changed(
            MODEL_SERVER,
            strategy="blue_green",
            parts=PARTS,
            candidate={**NEXT, "version": "tokenizer-1.2.0", "uri": "s3://m/tokenizer-1.2.0/"},
        ),
        changed(MODEL_SERVER, strategy="blue_green", parts=PARTS, candidate=NEXT),
    ),
    (
        "any/candidate-image",
        changed(
            KSERVE,
            candidate={**CANDIDATE, "image": f"registry.example/next@{DIGEST}"},
        ),
        changed(
            CANARY,
            candidate={**NEXT, "image": f"registry.example/next@{DIGEST}"},
        ),
    ),
]
