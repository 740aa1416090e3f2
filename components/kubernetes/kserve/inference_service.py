"""A model on KServe: an `InferenceService` in a Kubernetes cluster.

Spellings are those of KServe's own source, release 0.20 (pkg/constants, pkg/apis/serving/v1beta1).
"""

from typing import Any

import pulumi

from components import held_share
from components.checks import Checks
from components.kubernetes.cold_start import check_cold_start
from components.kubernetes.kserve.inference_service_args import InferenceServiceArgs
from components.kubernetes.kserve.inference_service_manifest import host_route, inference_service
from components.kubernetes.kserve.inference_service_outputs import (
    candidate_url,
    invoke_policy,
    latency_metric,
    scraping,
    url,
)
from components.kubernetes.kserve.kserve_access import kserve_access
from components.kubernetes.kserve.kserve_held_share import kserve_hooks, stable_record
from components.kubernetes.kserve.kserve_modes import keeps_mode
from components.kubernetes.kserve.kserve_settings import read_settings
from components.kubernetes.kserve.live_share import kept_share, share_once_ready
from components.kubernetes.kserve.load_scaling import scaled_object
from components.kubernetes.kserve.model_cache import cached
from components.kubernetes.kserve.predictor import storage_uri
from components.kubernetes.objects import KubernetesObject, is_applied
from components.serving import read_core
from facts import tags


class InferenceService(pulumi.ComponentResource):
    """One InferenceService; the update fails unless KServe says that it is ready.

    In Knative mode the predictor is the candidate, if there is one, and KServe keeps the last
    revision that had all traffic beside it (`canaryTrafficPercent`): so a stable model has to be
    live first. In standard mode both are declared (`spec.canary`).
    """

    url: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    invoke_policy: pulumi.Output[str]
    latency_metric: pulumi.Output[dict[str, str]]
    status: pulumi.Output[dict[str, Any]]
    candidate_url: pulumi.Output[str]
    """Where the candidate alone answers, whatever its share; empty without a candidate."""
    openai_url: pulumi.Output[str]
    """Base of a language model's OpenAI-compatible API; empty for other models."""

    def __init__(
        self,
        name: str,
        args: InferenceServiceArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("InferenceService", name, args, InferenceServiceArgs.__annotations__)
        core = read_core(checks, name, args, least_min=0, most_max=1000)
        settings = read_settings(checks, core, args)
        cold_start = check_cold_start(checks, core, args)
        checks.raise_problems()
        super().__init__("model-serving:index:InferenceService", name, {}, opts)
        cold_start.tell(self)

        has_candidate = core.candidate_version is not None
        uris = {
            key: pulumi.Output.from_input(args.get(key, "")).apply(storage_uri)
            for key in ("model_uri", "candidate_uri")
        }
        caches = {
            f"{which}_uri": cached(
                self,
                name,
                args["namespace"],
                tags.kubernetes(core.vocabulary(version)),
                settings.language.cache,
                version,
                uris[f"{which}_uri"],
                settings.access,
            )
            for which, version in (
                ("model", core.model_version),
                ("candidate", core.candidate_version),
            )
            if version is not None
        }
        uris |= {key: each.uri for key, each in caches.items()}
        below = pulumi.ResourceOptions(parent=self)
        routed = settings.route is not None and core.canary_percent > 0
        is_walked = has_candidate and settings.share_owner == "rollout"
        # What a GitOps controller applies is what the file says: no cluster is asked.
        asks_live = is_applied() and (routed or is_walked)
        policies = list(
            kserve_access(
                self,
                name,
                args,
                settings.access,
                tags.kubernetes(core.vocabulary()),
                knative=settings.is_knative,
                server_ports=settings.server.listens_to,
                # Else the read below fails, and names no way out.
                hooks=held_share.refuse_to_create(name, "access", has_candidate=asks_live),
            )
        )
        then = pulumi.ResourceOptions(parent=self, depends_on=policies)
        where = (name, args["namespace"], uris["candidate_uri"], core.canary_percent, then)
        share = pulumi.Output.from_input(core.canary_percent)
        if asks_live:
            share = share_once_ready(*where) if routed else kept_share(*where)
        first: list[pulumi.Resource] = []
        if settings.route is not None and not routed:
            # First, so that no request goes to a candidate that is taken away.
            whole = host_route(core, settings, settings.route, args["namespace"])
            first = [KubernetesObject(f"{name}-route", whole, below)]
        needs = [need for each in caches.values() for need in each.needs]
        timeout = f"{settings.ready_timeout_seconds}s"
        service = KubernetesObject(
            f"{name}-inference-service",
            inference_service(core, settings, args, uris, share),
            pulumi.ResourceOptions(
                parent=self,
                depends_on=[*policies, *first, *needs],
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
                hooks=pulumi.ResourceHookBinding.merge(
                    keeps_mode(name),
                    kserve_hooks(
                        name,
                        uris["model_uri"],
                        has_candidate=has_candidate and settings.is_knative,
                    ),
                ),
            ),
        )
        if settings.route is not None and routed:
            route = host_route(core, settings, settings.route, args["namespace"], share)
            after = pulumi.ResourceOptions(parent=self, depends_on=[service])
            KubernetesObject(f"{name}-route", route, after)
        if settings.is_knative:
            stable_record(
                name,
                core.model_version,
                has_candidate=has_candidate,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[service]),
            )

        if settings.language.scaling is not None:
            scaler = scaled_object(
                name,
                args["namespace"],
                tags.kubernetes(core.vocabulary()),
                f"{name}-predictor",
                settings.language.scaling,
                core.min_replicas,
                core.max_replicas,
            )
            # KServe makes the Deployment, and KEDA refuses to scale what is not there.
            KubernetesObject(
                f"{name}-scaler",
                scaler,
                pulumi.ResourceOptions(parent=self, depends_on=[service]),
            )

        local_host = name if settings.is_knative else f"{name}-predictor"
        namespace = pulumi.Output.from_input(args["namespace"])
        known = pulumi.Output.all(service.status, namespace)
        self.url = known.apply(lambda each: url(local_host, each[0], each[1], settings))
        self.candidate_url = known.apply(
            lambda each: candidate_url(name, each[0], each[1], settings) if has_candidate else ""
        )
        path = settings.language.openai_path
        self.openai_url = self.url.apply(lambda own: f"{own.rstrip('/')}{path}" if path else "")
        self.scraping = scraping(name, settings)
        self.endpoint_name = service.metadata.apply(lambda metadata: str(metadata["name"]))
        self.invoke_policy = namespace.apply(lambda each: invoke_policy(name, each))
        self.latency_metric = namespace.apply(lambda each: latency_metric(name, each, settings))
        self.status = pulumi.Output.from_input(core.status("kserve", args["model_uri"]))
        self.register_outputs(
            {
                "url": self.url,
                "endpoint_name": self.endpoint_name,
                "invoke_policy": self.invoke_policy,
                "latency_metric": self.latency_metric,
                "status": self.status,
                "candidate_url": self.candidate_url,
                "openai_url": self.openai_url,
            }
        )
