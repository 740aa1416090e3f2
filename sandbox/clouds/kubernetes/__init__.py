"""Kubernetes: what the stand-in of pulumi-kubernetes computes and refuses.

| module | what |
|---|---|
| `cloud.py` | the provider: names, life, patches, what it waits for |
| `control.py` | the seam: what is asked of an API server, and the one that answers from the store |
| `schema.py`, `cel.py`, `formats.py` | structural schemas, rules in CEL, formats |
| `rules/` | the API server's own rules, KServe's and Istio's webhooks, immutable fields |
| `defaults.py` | what the API server fills in |
| `ownership.py` | field managers and server-side apply |
| `pod_security.py`, `readiness.py`, `status.py` | what controllers make of an object |

A real API server could take the place of the store: it has to answer `ControlPlane` of
`control.py`, four methods that validate, apply, read and delete an object.
"""

from sandbox.clouds.kubernetes.cloud import Kubernetes
from sandbox.clouds.kubernetes.objects import is_cluster_wide

__all__ = ["Kubernetes", "is_cluster_wide"]
