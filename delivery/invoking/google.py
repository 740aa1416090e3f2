"""Vertex AI and Cloud Run: by URL, with a token of Google's."""

import urllib.parse
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, cast

from delivery.failure import Failure
from delivery.invoking.call import Answer, Asked, Live
from delivery.invoking.http import post
from delivery.invoking.vendors import INSIDE, of_vendor

__all__ = ["call_cloud_run", "call_vertex"]

_VERTEX_DEPLOYMENT: Final = "serving:index:VertexDeployedModel"
_CLOUD_PLATFORM: Final = "https://www.googleapis.com/auth/cloud-platform"


def call_vertex(live: Live, asked: Asked) -> Answer:
    """By `:predict`; Vertex AI itself deals requests out to the deployed models."""
    if asked.candidate:
        raise Failure(
            f"{live.name}: a caller of Vertex AI cannot choose the deployed model\n"
            "  fix: leave --candidate out and look at who answered, or set canary_percent to 100"
        )
    token = asked.token or _google_token()
    answer = post(asked, live.url, {"Authorization": f"Bearer {token}"}, unreachable=INSIDE)
    deployed = str(answer.members.get("deployedModelId") or "")
    return replace(answer, variant=deployed, version=_vertex_version(live, deployed))


def _vertex_version(live: Live, deployed: str) -> str:
    """The model's version that a deployed model's id stands for; its display name ends with it."""
    for each in live.parts(_VERTEX_DEPLOYMENT):
        outputs = cast("Mapping[str, Any]", each.get("outputs") or {})
        if deployed and str(outputs.get("deployedModelId")) == deployed:
            return str(outputs.get("displayName") or "").rpartition(" ")[2]
    return ""


def call_cloud_run(live: Live, asked: Asked) -> Answer:
    """By the service's URL, or the one of the revision that is tagged as the candidate."""
    url = live.url
    if asked.candidate:
        live.needs_candidate()
        url = live.output("candidate_url")
        if not url:
            raise Failure(f"{live.name} has no URL for its candidate alone")
        if urllib.parse.urlsplit(url).path in {"", "/"}:
            # The tag's host, and the route of the service.
            path = urllib.parse.urlsplit(live.url).path
            url = urllib.parse.urlsplit(url)._replace(path=path).geturl()
    parts = urllib.parse.urlsplit(live.url)
    token = asked.token or _identity_token(f"{parts.scheme}://{parts.netloc}")
    return post(asked, url, {"Authorization": f"Bearer {token}"}, unreachable=INSIDE)


def _google_token() -> str:
    return of_vendor("gcp", "gcloud auth application-default login", _google_access)


def _google_access() -> str:
    import google.auth  # noqa: PLC0415
    from google.auth.transport.requests import Request  # noqa: PLC0415

    library: Any = google.auth
    credentials = library.default(scopes=[_CLOUD_PLATFORM])[0]
    credentials.refresh(Request())
    return str(credentials.token)


def _identity_token(audience: str) -> str:
    def fetch() -> str:
        from google.auth.transport.requests import Request  # noqa: PLC0415
        from google.oauth2 import id_token  # noqa: PLC0415

        library: Any = id_token
        return str(library.fetch_id_token(Request(), audience))

    return of_vendor(
        "gcp",
        'give one by --token "$(gcloud auth print-identity-token)", or run as a service account',
        fetch,
    )
