"""Components that the provider of Kubernetes builds itself: manifests, charts, kustomizations.

The program asks the engine for the component, the engine asks the provider, and the provider
registers the parts with the engine, each of which comes back to it as a resource of its own.
"""

from sandbox.construct.build import BUILDERS, build
from sandbox.construct.objects import decoded, normalized
from sandbox.construct.render import chart, kustomization

__all__ = ["BUILDERS", "build", "chart", "decoded", "kustomization", "normalized"]
