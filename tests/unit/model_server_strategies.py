"""Arguments of `ModelServer` with each strategy, for whoever judges what it emits."""

from typing import Any

__all__ = ["CANDIDATE", "strategies", "unit_parts"]

CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.3.0",
    "candidate_uri": "s3://models/ranker/1.3.0/",
}
_OUTSIDE: dict[str, Any] = {
    "host": "ranker.example.com",
    "gateway_name": "public",
    "gateway_namespace": "gateways",
}


def unit_parts(image: str) -> list[dict[str, Any]]:
    """A tokenizer with a candidate's image of its own, and a re-ranker with an artifact."""
    return [
        {"name": "tokenizer", "image": image, "candidate_image": image, "cpu": 0.5},
        {"name": "reranker", "image": image, "uri": "s3://models/reranker/1.0.0/", "port": 9000},
    ]


def strategies(minimal: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Arguments by a label."""
    beside = minimal | CANDIDATE | {"max_replicas": 4}
    found: dict[str, dict[str, Any]] = {
        "recreate": minimal | {"strategy": "recreate"},
        "blue_green": beside | {"strategy": "blue_green", "canary_percent": 100},
        "parts": beside
        | {
            "strategy": "blue_green",
            "parts": unit_parts(minimal["image"]),
            "mesh": "istio_sidecar",
        },
    }
    for router in ("istio", "gateway"):
        routed = beside | {"router": router, "mesh": "istio_sidecar"}
        found |= {
            f"canary by {router}": routed | {"strategy": "canary", "canary_percent": 5} | _OUTSIDE,
            f"ab by {router}": routed
            | {"strategy": "ab", "ab_header": "x-team", "ab_values": ["search", "ads"]},
            f"ab by cookie and {router}": routed
            | {"strategy": "ab", "ab_cookie": "team", "ab_values": ["search"]}
            | _OUTSIDE,
            f"gRPC by {router}": routed
            | {"strategy": "canary", "canary_percent": 5, "grpc_port": 9000},
            f"gRPC in a shadow by {router}": routed
            | {"strategy": "shadow", "canary_percent": 5, "grpc_port": 9000},
            f"shadow by {router}": routed | {"strategy": "shadow", "canary_percent": 20} | _OUTSIDE,
        }
    return found
