"""Classes of Ingress that are known, each by its controller's own default name."""

from typing import Final

__all__ = ["NGINX", "TRAEFIK", "usual_class"]

NGINX: Final = "nginx"
TRAEFIK: Final = "traefik"


def usual_class(*, edge: bool) -> str:
    """The class where nothing is said; small clusters at the edge bring Traefik."""
    return TRAEFIK if edge else NGINX
