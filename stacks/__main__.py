"""The Pulumi program: settings, providers, a component for each model and pool, outputs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pulumi

# Before the SDKs of the clouds, which tell of each module that they register.
import stacks.startup  # noqa: F401 # pyright: ignore[reportUnusedImport]
from stacks import (
    break_glass,
    gitops,
    made_namespaces,
    model_files,
    model_mirror,
    protection,
    references,
    targets,
)
from stacks.only import kept_outputs, over, the_only_model
from stacks.platform import CLUSTER_OUTPUT, POOLS_OUTPUT, Made, make_platform
from stacks.platform_reference import ask_platform, refer_to_platform
from stacks.providers import Providers
from stacks.recorded_settings import OUTPUT as SETTINGS_OUTPUT
from stacks.recorded_settings import recorded
from stacks.served import OUTPUT as SERVED_OUTPUT
from stacks.served_output import served
from stacks.settings.environment import KEYS, NAMESPACE, Layer
from stacks.settings.load import Settings, load
from stacks.settings.models import AnySettings
from stacks.settings.problems import SettingsError
from stacks.settings.slo_notes import notes
from stacks.targets.language_models import speaks_openai

if TYPE_CHECKING:
    from components.kubernetes.model_namespace import ModelNamespace
    from components.kubernetes.monitoring.model_monitoring import ModelMonitoring

ROOT = Path(__file__).resolve().parent.parent
# By model, as the files name it, and with what references stand for.
Versions: TypeAlias = dict[str, tuple[AnySettings, AnySettings]]
_UNKNOWN: Final = "no metrics of it are known that Prometheus can read"


def main() -> None:
    """Register everything that the environment's settings ask for, or nothing and say why."""
    only = the_only_model()
    settings, versions, asked, copies, providers = _settings(only)
    gitops.prepare(settings.site)
    if only is None:
        made_namespaces.refuse_to_take_away(settings)
    # An update of one model alone must not drop the others from the stack's outputs.
    has_models = settings.site.layer is not Layer.PLATFORM
    last = kept_outputs() if only or has_models else {}
    kept = last if only else {}
    protection.prepare(settings, in_gitops=bool(last.get(gitops.OUTPUT)))
    if settings.site.layer is not Layer.SERVING and only is None:
        platform = make_platform(settings, providers)
    else:
        platform = refer_to_platform(settings, providers, kept)
    endpoints: dict[str, Any] = {}
    components: dict[str, pulumi.Resource] = {}
    if settings.site.layer is not Layer.PLATFORM:
        endpoints, components = _endpoints(settings, providers, platform, asked, copies)

    pulumi.export("endpoints", over(kept.get("endpoints"), endpoints))
    if endpoints:
        # What the next preview compares with.
        pulumi.export(SETTINGS_OUTPUT, over(kept.get(SETTINGS_OUTPUT), recorded(settings.models)))
    records = {
        name: record
        for name, component in components.items()
        if (record := served(last, name, *versions[name], component)) is not None
    }
    if found := over(kept.get(SERVED_OUTPUT), records):
        pulumi.export(SERVED_OUTPUT, found)
    if broken := break_glass.recorded(last, only=only):
        pulumi.export(break_glass.OUTPUT, broken)
    pulumi.export(POOLS_OUTPUT, over(kept.get(POOLS_OUTPUT), platform.pools_output))
    if cluster := platform.cluster_output or kept.get(CLUSTER_OUTPUT):
        pulumi.export(CLUSTER_OUTPUT, cluster)
    if made := made_namespaces.output(settings, kept):
        pulumi.export(made_namespaces.OUTPUT, made)
    if applied := gitops.output(settings.site, only=only):
        pulumi.export(gitops.OUTPUT, applied)


def _endpoints(
    settings: Settings,
    providers: Providers,
    platform: Made,
    asked: references.References,
    copies: model_mirror.Copies,
) -> tuple[dict[str, Any], dict[str, pulumi.Resource]]:
    """What the stack says of each model, and the component of each."""
    namespaces = {
        namespace: _namespace(settings, providers, namespace, platform.before)
        for namespace in targets.namespaces(settings)
    }
    made: dict[str, Any] = {}
    components: dict[str, pulumi.Resource] = {}
    for name, model in targets.callers_last(settings):
        target = targets.TARGETS[model.target]
        on_cluster = "kubernetes" in target.packages
        # Models are of kinds that KServe's charts may bring.
        before = list(platform.before_kinds if on_cluster else platform.before)
        if namespace := namespaces.get(getattr(model, "namespace", "")):
            before.append(namespace.namespace)
        # The right to read what serves now goes once there is something else to read.
        before += model_mirror.make(name, copies, lambda: providers.serving)
        if found := targets.identity(settings, name):
            before.append(_identity(found, providers, platform, before))
        # A graph comes after the models that it calls, and goes before them.
        before += [components[called] for called in targets.calls(model) if called in components]
        component = components[name] = target.component()(
            name,
            targets.arguments(ROOT, settings, name),
            pulumi.ResourceOptions(
                providers=providers.named(target.packages),
                depends_on=before,
            ),
        )
        for note in notes(model, settings.site):
            pulumi.log.warn(note, component)
        made[name] = {
            "url": component.url,
            "endpoint_name": component.endpoint_name,
            "target": model.target,
            # What an alias meant: where it moves, the outputs differ too.
            **references.outputs(settings, asked, name),
            **model_mirror.outputs(copies, name),
        }
        _look(settings, providers, name, component, before)
        if watched := _watch(settings, providers, name, component, before):
            made[name]["dashboard_url"] = watched.dashboard_url
        elif targets.has_dashboard(settings, name):
            made[name]["dashboard_url"] = component.dashboard_url
        if speaks_openai(model):
            made[name]["openai_url"] = component.openai_url
        if model.target == "kserve" and model.candidate is not None:
            made[name]["candidate_url"] = component.candidate_url
    return made, components


def _namespace(
    settings: Settings, providers: Providers, namespace: str, before: list[pulumi.Resource]
) -> "ModelNamespace":
    from components.kubernetes.model_namespace import ModelNamespace  # noqa: PLC0415

    arguments: Any = targets.namespace_arguments(settings, namespace)
    opts = pulumi.ResourceOptions(provider=providers.kubernetes, depends_on=before)
    return ModelNamespace(namespace, arguments, opts)


def _watch(
    settings: Settings,
    providers: Providers,
    name: str,
    component: pulumi.Resource,
    before: list[pulumi.Resource],
) -> "ModelMonitoring | None":
    """What watches a model on the cluster, where the environment says by what."""
    scraping = getattr(component, "scraping", None)
    asked: Any = targets.monitoring_arguments(settings, name, scraping)
    if asked is None:
        cluster = settings.site.targets.kubernetes
        if (
            hasattr(component, "scraping")
            and cluster is not None
            and cluster.monitoring is not None
        ):
            why = getattr(component, "unscraped", _UNKNOWN)
            pulumi.log.warn(f"nothing watches it: {why}", component)
        return None
    from components.kubernetes.monitoring.model_monitoring import (  # noqa: PLC0415
        ModelMonitoring,
    )

    # After the model: nobody is woken while its first pods load.
    opts = pulumi.ResourceOptions(provider=providers.kubernetes, depends_on=[*before, component])
    return ModelMonitoring(name, asked, opts)


def _look(
    settings: Settings,
    providers: Providers,
    name: str,
    component: pulumi.Resource,
    before: list[pulumi.Resource],
) -> None:
    """What looks for drift in stored requests, where the model asks for it."""
    asked: Any = targets.drift_job_arguments(settings, name)
    if asked is None:
        return
    from components.kubernetes.drift.drift_job import DriftJob  # noqa: PLC0415

    opts = pulumi.ResourceOptions(provider=providers.kubernetes, depends_on=[*before, component])
    DriftJob(name, asked, opts)


def _identity(
    asked: targets.Identity, providers: Providers, platform: Made, before: list[pulumi.Resource]
) -> pulumi.ComponentResource:
    return asked.component()(
        asked.name,
        asked.arguments | platform.of_identity(asked),
        pulumi.ResourceOptions(providers=providers.named(asked.packages), depends_on=list(before)),
    )


def _settings(
    only: str | None,
) -> tuple[Settings, Versions, references.References, model_mirror.Copies, Providers]:
    config = pulumi.Config(NAMESPACE)
    values: dict[str, Any] = {}
    # All keys of ours, so that a misspelt one is told too.
    prefix = f"{NAMESPACE}:"
    written = [k.removeprefix(prefix) for k in pulumi.runtime.get_config_env()]
    for key in dict.fromkeys([*KEYS, *(key for key in written if ":" not in key)]):
        if pulumi.runtime.is_config_secret(config.full_key(key)):
            values[key] = {"secure": ""}
        elif (text := config.get(key)) is not None:
            values[key] = _parsed(text)
    try:
        settings = load(
            ROOT, pulumi.get_stack(), values=values, only=only, ask_platform=ask_platform
        )
        providers = Providers(settings.site.targets)
        written = settings.models
        settings, asked = references.resolved(ROOT, settings, lambda: providers.serving)
        versions = {name: (written[name], each) for name, each in settings.models.items()}
        model_files.judge(settings, lambda: providers.serving)
        settings, copies = model_mirror.mirrored(settings, lambda: providers.serving)
        targets.check_artifacts(ROOT, settings)
    except SettingsError as error:
        # RunError: the engine prints the report alone, without a traceback.
        raise pulumi.RunError(str(error)) from None
    return settings, versions, asked, copies, providers


def _parsed(text: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(text)
    except ValueError:
        # Plain words, such as the layer's, are not JSON; what must be a mapping is reported later.
        return text


main()
