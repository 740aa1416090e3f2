"""When a request is given up, where no file says it: the vendor's limit, or our components' own."""

from typing import Final

from facts.limits import Limit

__all__ = [
    "AZURE_ML_SECONDS",
    "GRACE_SECONDS",
    "OUTSIDE_SECONDS",
    "ROUTER_SECONDS",
    "SAGEMAKER",
]

SAGEMAKER: Final = Limit(
    "answer of a model on SageMaker",
    None,
    60,
    "seconds",
    "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html",
    "2026-11-26",
)
# `request_timeout_ms` of a deployment is 5000: reference-yaml-deployment-managed-online.
AZURE_ML_SECONDS: Final = 5
# The router of an InferenceGraph, in KServe's cmd/router/main.go: time until all is written.
ROUTER_SECONDS: Final = 60
# Of a plain server: a route within the cluster waits as long as a pod that goes still answers, and
# one from outside, by a gateway or an Ingress of class nginx, as long as NGINX does.
GRACE_SECONDS: Final = 45
OUTSIDE_SECONDS: Final = 60
