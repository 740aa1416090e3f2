"""The manifests of an InferenceService and of the route to it.

Labels and annotations of its metadata go into the pods' templates: what changes there starts new
pods. So they name what is served by the predictor, and all that need not change is constant.
"""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from components.kubernetes.kserve.kserve_companions import companion_spec
from components.kubernetes.kserve.kserve_modes import MODE_ANNOTATION
from components.kubernetes.kserve.kserve_settings import KServeSettings
from components.kubernetes.kserve.predictor import canary, predictor
from components.kubernetes.kserve.split_route import SplitRoute, split_route
from components.kubernetes.objects import Manifest, manifest
from components.serving import Core
from facts import tags

__all__ = ["host_route", "inference_service"]

_TAG_ROUTING: Final = "serving.kserve.io/enable-tag-routing"
_FULL: Final = 100


def inference_service(
    core: Core,
    settings: KServeSettings,
    args: Mapping[str, Any],
    uris: Mapping[str, pulumi.Output[str]],
    share: pulumi.Input[int],
) -> Manifest:
    """With the candidate, if there is one, at its share of requests in percent."""
    has_candidate = core.candidate_version is not None
    is_revision = settings.is_knative and has_candidate
    served = core.newest_version if settings.is_knative else core.model_version
    uri = uris["candidate_uri"] if is_revision else uris["model_uri"]
    spec: dict[str, Any] = {"predictor": predictor(core, settings, uri, args)}
    if is_revision:
        spec["predictor"]["canaryTrafficPercent"] = share
    elif settings.is_knative and settings.share_owner == "rollout":
        # Said, because what another manager wrote stays where nothing is said.
        spec["predictor"]["canaryTrafficPercent"] = _FULL
    elif has_candidate:
        spec["canary"] = [canary(core, settings, uris["candidate_uri"], share)]
    account = args.get("service_account_name")
    if settings.transformer is not None:
        spec["transformer"] = companion_spec(settings.transformer, account)
    if settings.explainer is not None:
        spec["explainer"] = companion_spec(settings.explainer, account)
    return manifest(
        "serving.kserve.io/v1beta1",
        "InferenceService",
        core.name,
        args["namespace"],
        tags.kubernetes(core.keeping(served)) | settings.extras.labels,
        annotations=_annotations(settings),
        spec=spec,
    )


def host_route(
    core: Core,
    settings: KServeSettings,
    route: SplitRoute,
    namespace: pulumi.Input[str],
    share: pulumi.Output[int] | None = None,
) -> Manifest:
    """The route of a host of one's own, to what takes requests first."""
    if settings.transformer is not None:
        return split_route(core, route, namespace, "transformer", share=share)
    port = settings.second_port
    return split_route(core, route, namespace, "predictor", share=share, grpc_port=port)


def _annotations(settings: KServeSettings) -> dict[str, str]:
    return {
        MODE_ANNOTATION: settings.mode_spelling,
        # Else an update succeeds on a service that never becomes ready.
        "pulumi.com/waitFor": "condition=Ready",
        # What is declared wins over what others wrote to the same fields.
        "pulumi.com/patchForce": "true",
        # The newest revision has a URL of its own.
        **({_TAG_ROUTING: "true"} if settings.is_knative else {}),
        **settings.scaling.annotations,
        **settings.extras.annotations,
    }
