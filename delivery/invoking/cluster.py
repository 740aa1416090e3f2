"""Models on Kubernetes: by URL, from outside by a port-forward; the body says which protocol."""

import os
import re
import urllib.parse
from collections.abc import Mapping
from typing import Any, Final, cast

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.invoking.call import Answer, Asked, Live
from delivery.invoking.http import VIA, post

__all__ = ["call_cluster"]

_SERVICE: Final = re.compile(
    r"(?P<service>[a-z0-9-]+)\.(?P<namespace>[a-z0-9-]+)\.svc(\.cluster\.local)?"
)
_LOCAL_PORT: Final = 8080
# Those that mean something in a URL; what is quoted already stays so.
_SIGNS: Final = "/%?&=:@!$'()*+,;~"


def call_cluster(live: Live, asked: Asked) -> Answer:
    """By the URL of the service, the header of a router where the target has one."""
    url = _url(live, asked)
    headers: dict[str, str] = {}
    if asked.token:
        headers["Authorization"] = f"Bearer {asked.token}"
    target = str(live.deployed.status.get("target"))
    if target == "seldon":
        # https://docs.seldon.ai/seldon-core-2: the mesh routes by it.
        headers["seldon-model"] = live.name
    name, _, value = live.output("routing_header").partition(": ")
    if value:
        headers[name] = value
    hint = _hint(live, url)
    if _SERVICE.fullmatch(urllib.parse.urlsplit(url).hostname or "") and not (
        asked.via or os.environ.get(VIA)
    ):
        raise Failure(
            f"{live.name} is reached within the cluster alone: {url}\n  fix: {hint}", Exit.ERROR
        )
    return post(asked, url, headers, unreachable=hint)


def _url(live: Live, asked: Asked) -> str:
    url = live.url
    if asked.candidate:
        live.needs_candidate()
        url = live.output("candidate_url")
        if not url:
            raise Failure(
                f"{live.name} has no URL for its candidate alone\n"
                "  fix: leave --candidate out, or set canary_percent to 100"
            )
    parts = urllib.parse.urlsplit(url)
    if asked.path is not None:
        path = urllib.parse.quote("/" + asked.path.lstrip("/"), safe=_SIGNS)
        return parts._replace(path=path).geturl()
    if parts.path.strip("/") or live.deployed.status.get("target") == "kserve_graph":
        return url
    return _by_protocol(live, asked, url.rstrip("/"))


def _by_protocol(live: Live, asked: Asked, url: str) -> str:
    """The path that servers of KServe's protocols, or OpenAI's, have for such a body."""
    body = asked.body
    openai = live.output("openai_url").rstrip("/")
    if body.has("instances"):
        return f"{url}/v1/models/{live.name}:predict"
    if body.is_list("inputs"):
        return f"{url}/v2/models/{live.name}/infer"
    if body.has("messages"):
        return f"{openai or f'{url}/v1'}/chat/completions"
    if body.has("prompt"):
        return f"{openai or f'{url}/v1'}/completions"
    raise Failure(
        f"{live.name}: which path of {url} takes such a body is not known\n"
        "  fix: say it by --path, such as --path /predict"
    )


def _hint(live: Live, url: str) -> str:
    """How the host is reached from a machine outside of the cluster."""
    parts = urllib.parse.urlsplit(url)
    again = f"then run this again with --via {parts.scheme}://127.0.0.1:{_LOCAL_PORT}"
    context = _context(live)
    kubectl = f"kubectl{f' --context {context}' if context else ''}"
    inside = _SERVICE.fullmatch(parts.hostname or "")
    if inside is None:
        return (
            f"{kubectl} -n istio-system port-forward service/istio-ingressgateway "
            f"{_LOCAL_PORT}:80 (or your ingress gateway), {again}"
        )
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return (
        f"{kubectl} -n {inside['namespace']} port-forward service/{inside['service']} "
        f"{_LOCAL_PORT}:{port}, {again}"
    )


def _context(live: Live) -> str:
    for each in live.resources:
        if each.get("type") == "pulumi:providers:kubernetes":
            return str(cast("Mapping[str, Any]", each.get("inputs") or {}).get("context") or "")
    return ""
