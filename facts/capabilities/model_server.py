"""What a plain model server on Kubernetes can honour, and why it cannot do the rest."""

from typing import Final

from facts.capabilities import takeover
from facts.capabilities.shapes import Refusal, Target

TARGET: Final = Target(
    "kubernetes",
    "a plain model server on Kubernetes",
    ("s3", "gs", "hf", "https", "oci", "pvc", "image"),
    # Whatever the image serves; only the image knows.
    (),
    ("rolling", "all_at_once"),
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/",
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0350",
        "kubernetes/no-image",
        "a plain model server needs an image: only KServe finds one for a framework",
        "`model.image`, pinned by digest; or target: kserve",
        "https://kubernetes.io/docs/concepts/containers/images/",
    ),
    Refusal(
        "MS0351",
        "kubernetes/blocking-budget",
        "the disruption budget keeps every replica, and a node could never be drained",
        "an amount that lets one go: min_available below min_replicas, or max_unavailable 1",
        "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
    ),
    Refusal(
        "MS0352",
        "kubernetes/plain-http",
        "a host without TLS: what callers send could be read and changed on the way",
        "tls_secret_name, certificate_issuer (cert-manager), or exposure: gateway",
        "https://kubernetes.io/docs/concepts/services-networking/ingress/#tls",
    ),
    Refusal(
        "MS0353",
        "kubernetes/zero-without-keda",
        "a HorizontalPodAutoscaler keeps at least one pod, and without an autoscaler nobody would "
        "start one",
        "min_replicas: 1; or autoscaler: keda with a prometheus_query",
        "https://keda.sh/docs/2.17/concepts/scaling-deployments/",
    ),
    Refusal(
        "MS0354",
        "kubernetes/image-volume",
        "oci:// artifacts are mounted by the feature gate ImageVolume, which is off by default in "
        "Kubernetes 1.34, and the environment does not say that it is on",
        "image:/path, with the model in the server's image; or image_volumes: true under "
        "targets.kubernetes, where the cluster's operator has switched it on",
        "https://kubernetes.io/docs/tasks/configure-pod-container/image-volumes/",
        "2026-11-25",
    ),
    Refusal(
        "MS0355",
        "kubernetes/secret-in-env",
        "what looks like a password, key or token would stand in clear in the Deployment",
        "secret_env, by the name and key of a Secret that is there",
        "https://kubernetes.io/docs/concepts/configuration/secret/",
    ),
    Refusal(
        "MS0356",
        "kubernetes/cloud-key",
        "keys of a cloud live long, and nobody knows who has them",
        "an identity: `identity` under targets.kubernetes, or a service_account_name that has one",
        "https://kubernetes.io/docs/concepts/security/service-accounts/",
    ),
    Refusal(
        "MS0357",
        "kubernetes/edge",
        "profile edge is one pod on a small cluster, often without a network",
        "docs/model-server.md says what is there instead; or profile: cluster",
        "https://docs.k3s.io/installation/requirements",
    ),
    Refusal(
        "MS0358",
        "kubernetes/not-portable",
        "neither an Ingress nor a route has such a field; only the controller of class nginx reads "
        "it from annotations",
        "ingress_class: nginx; or leave it out, and set it at the controller",
        "https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/",
    ),
    Refusal(
        "MS0359",
        "kubernetes/artifact-spelling",
        "the artifact's place is not spelled as Kubernetes could read it",
        "image:/absolute/path, pvc://claim/path, or oci://registry/name@sha256:…",
        "https://kubernetes.io/docs/concepts/storage/volumes/",
    ),
    *takeover.REFUSALS,
)
