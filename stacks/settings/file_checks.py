"""All rules over one model's file, each set asked in its turn: what is wrong is told at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from facts.pools.offers import Offer
from stacks.settings import (
    checks,
    graph_checks,
    sagemaker_component_checks,
    sagemaker_shared_endpoint_checks,
    shared_checks,
)
from stacks.settings.artifacts import versions
from stacks.settings.asked import Asked
from stacks.settings.azure_functions_checks import azure_functions
from stacks.settings.azure_ml_checks import azure_ml
from stacks.settings.batch import Batch
from stacks.settings.batch_checks import batch
from stacks.settings.cloud_run_checks import cloud_run
from stacks.settings.cold_start_checks import cold_starts
from stacks.settings.common import Artifact, Candidate
from stacks.settings.deprecation_checks import deprecation_problems
from stacks.settings.environment import Environment
from stacks.settings.gcp_monitoring_checks import gcp_objectives
from stacks.settings.graph_checks import Others
from stacks.settings.hosts import hosts
from stacks.settings.kserve_graph import KServeGraph
from stacks.settings.kserve_shared import SharedServer, TrainedModel
from stacks.settings.kubernetes_checks import on_kubernetes
from stacks.settings.merge import Origin
from stacks.settings.model_mirror import copies, in_mirror, mirror_problems
from stacks.settings.models import AnySettings
from stacks.settings.on_cluster import on_cluster
from stacks.settings.online_features_checks import online_features
from stacks.settings.places import places
from stacks.settings.platforms.gpu_fit import gpu_fit
from stacks.settings.problems import Problem
from stacks.settings.provenance import provenance
from stacks.settings.references import not_asked_yet, references
from stacks.settings.sagemaker_components import ComponentModel, SharedEndpoint
from stacks.settings.salvage import apply
from stacks.settings.server_names import server_names
from stacks.settings.slo_checks import objectives
from stacks.settings.validate import PlaceOf
from stacks.settings.vertex_checks import vertex
from stacks.settings.yaml_source import KeyPath

__all__ = ["FileOfModel", "file_problems"]


@dataclass(frozen=True, slots=True)
class FileOfModel:
    """What a file says, where each of it is written and by which layer, and for which environment.

    `site` is None where the environment itself is wrong, which its own problems say.
    """

    name: str
    settings: AnySettings
    where: PlaceOf
    origins: Mapping[KeyPath, Origin]
    site: Environment | None


def _end(file: FileOfModel, others: Others) -> Iterator[Problem]:
    asked = getattr(file.settings, "deprecation", None)
    yield from deprecation_problems(file.name, asked, file.where, others.names)


def file_problems(
    file: FileOfModel, others: Others, known: Mapping[str, Offer] | None
) -> list[Problem]:
    """Problems of one file; `known` is what the pools of GPU nodes offer, where that is known."""
    name, where, site = file.name, file.where, file.site
    said = not_asked_yet(file.settings, site)
    # What is served is what is judged; of what is copied, whether it is pinned.
    settings = in_mirror(said, name, site)
    return [
        *references(file.settings, where, site),
        *mirror_problems(said, name, where, site),
        *_sources_pinned(replace(file, settings=said)),
        *_of_its_kind(replace(file, settings=settings), others),
        *server_names(name, settings, where, others.owners),
        *_end(file, others),
        *hosts(name, settings, where, others.models, others.hosts),
        *azure_ml(name, others.environment, settings, where),
        *azure_functions(name, others.environment, settings, where, site),
        *on_cluster(settings, where, site),
        *on_kubernetes(settings, where, site),
        *places(settings, where, site),
        *provenance(settings, where, site),
        *gpu_fit(settings, where, site, known),
        *vertex(settings, where, site),
        *cloud_run(name, others.environment, settings, where, site),
        *online_features(settings, where),
        *objectives(settings, where, site),
        *cold_starts(settings, where),
        *gcp_objectives(settings, where, site),
    ]


def _of_its_kind(file: FileOfModel, others: Others) -> list[Problem]:
    """What is wrong with the settings taken together, by what kind of file they are."""
    name, settings, where, site = file.name, file.settings, file.where, file.site
    if isinstance(settings, KServeGraph):
        return graph_checks.graph(settings, where, site, others)
    if isinstance(settings, SharedServer):
        return shared_checks.shared_server(name, settings, where, site, others)
    if isinstance(settings, TrainedModel):
        found = shared_checks.trained_model(settings, where, site, others)
        return [*found, *apply([_artifact_of], (settings, where))]
    if isinstance(settings, Batch):
        return batch(settings, where)
    if isinstance(settings, SharedEndpoint):
        return sagemaker_shared_endpoint_checks.shared_endpoint(name, settings, where, others)
    found = checks.model(Asked(settings, where, site, file.origins, name))
    if isinstance(settings, ComponentModel):
        found += sagemaker_component_checks.component(name, settings, where, others)
    return found


def _sources_pinned(file: FileOfModel) -> Iterator[Problem]:
    """What is copied has to be the same tomorrow, although its copy is."""
    versioned: dict[KeyPath, Artifact | Candidate] = {
        (key, "uri"): artifact for key, artifact in versions(file.settings)
    }
    for copy in copies(file.settings, file.name, file.site):
        if (artifact := versioned.get(copy.path)) is not None:
            yield from checks.pinned_source(artifact, copy.path[:-1], file.where)


def _artifact_of(asked: tuple[TrainedModel, PlaceOf]) -> list[Problem]:
    settings, where = asked
    return checks.artifact_problems(settings.model, ("model",), where)
