"""What the strategies of a plain model server cannot do, and why."""

from typing import Final

from facts.capabilities.shapes import Refusal

_DEPLOYMENT: Final = "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/"
_SERVICE: Final = "https://kubernetes.io/docs/concepts/services-networking/service/"
_INGRESS: Final = "https://kubernetes.io/docs/concepts/services-networking/ingress/"

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0360",
        "kubernetes/candidate-in-place",
        "strategies recreate and rolling change the one Deployment in place, and have no second "
        "version beside it",
        "strategy: blue_green, canary, ab or shadow; or no candidate, and the new version under "
        "`model`",
        _DEPLOYMENT,
    ),
    Refusal(
        "MS0361",
        "kubernetes/share-between",
        "blue_green moves all requests at once, by the selector of one Service",
        "canary_percent: 0 or 100; or strategy: canary, which holds any share",
        _SERVICE,
    ),
    Refusal(
        "MS0362",
        "kubernetes/share-of-ab",
        "with strategy ab a header or cookie says which requests go to the candidate, and no share",
        "ab_values without canary_percent; or strategy: canary",
        "https://gateway-api.sigs.k8s.io/guides/http-routing/",
    ),
    Refusal(
        "MS0363",
        "kubernetes/no-router",
        "a Service alone sends each request to any of its pods; shares, headers and copies need a "
        "router",
        "router: istio or gateway, here or under `model-serving:targets.kubernetes`; or strategy: "
        "blue_green, which needs none",
        _SERVICE,
    ),
    Refusal(
        "MS0364",
        "kubernetes/ab-audience",
        "a header or cookie says which requests go to the candidate: strategy ab needs one, and no "
        "other reads it",
        "strategy: ab with either ab_header or ab_cookie, and its ab_values",
        "https://gateway-api.sigs.k8s.io/guides/http-routing/",
    ),
    Refusal(
        "MS0365",
        "kubernetes/parts-in-place",
        "strategies recreate and rolling change each Deployment by itself, and a version's parts "
        "would not change as one",
        "strategy: blue_green, canary, ab or shadow",
        _DEPLOYMENT,
    ),
    Refusal(
        "MS0366",
        "kubernetes/host-without-gateway",
        "an Ingress knows nothing of the strategy's routes, and would send all of the host's "
        "requests to the stable model",
        "gateway_name and gateway_namespace, here or under `model-serving:targets.kubernetes`",
        _INGRESS,
    ),
    Refusal(
        "MS0367",
        "kubernetes/no-share-to-own",
        "there is no share that a rollout could move",
        "rollout.owner: file; or a candidate with strategy canary, shadow or blue_green",
        _DEPLOYMENT,
    ),
    Refusal(
        "MS0368",
        "kubernetes/one-name-for-two",
        "a version's objects are named after it, and both versions have one name when spelled as "
        "a DNS label",
        "a version that differs in more than signs and capitals",
        "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
    ),
    Refusal(
        "MS0373",
        "kubernetes/part-named-as-a-version",
        "objects are named after the part and the version, and a version that begins with the "
        "part's name makes two of one name",
        "another name for the part, or another version",
        "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
    ),
    Refusal(
        "MS0374",
        "kubernetes/header-that-is-none",
        "method, scheme, authority and uri are parts of a request and no headers: Istio ignores a "
        "match by them, and all requests would go to the candidate",
        "a header of yours, such as x-variant",
        "https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPMatchRequest",
    ),
    Refusal(
        "MS0375",
        "kubernetes/too-many-matches",
        "a rule of Gateway API has at most 64 matches, and there is one for each value and path "
        "outside",
        "fewer ab_values or predict_paths; or router: istio",
        "https://gateway-api.sigs.k8s.io/reference/spec/",
    ),
    Refusal(
        "MS0369",
        "any/candidate-image",
        "not offered there: kubernetes, sagemaker and vertex run a candidate from an image of its "
        "own",
        "target: kubernetes with strategy: blue_green, canary, ab or shadow; or the new image "
        "under `model`",
        _DEPLOYMENT,
    ),
)
