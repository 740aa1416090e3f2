"""Rules over one model by its cluster: the namespace, and where its pods read and write."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from facts.namespaces import wrong_namespace
from facts.stores import STORE_OF
from stacks.settings.artifacts import artifacts
from stacks.settings.batch import Batch
from stacks.settings.environment import Environment
from stacks.settings.models import AnySettings
from stacks.settings.problems import Problem, shown
from stacks.settings.salvage import apply
from stacks.settings.seldon import SeldonModel
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["on_cluster"]


@dataclass(frozen=True, slots=True)
class _Asked:
    settings: AnySettings
    where: PlaceOf
    site: Environment | None


def on_cluster(settings: AnySettings, where: PlaceOf, site: Environment | None) -> list[Problem]:
    """Problems of one model on the environment's cluster."""
    return apply(_RULES, _Asked(settings, where, site))


def _namespace(asked: _Asked) -> Iterator[Problem]:
    settings = asked.settings
    cluster = asked.site.targets.kubernetes if asked.site else None
    if cluster is None or not cluster.create_namespaces or not _is_on_kubernetes(settings):
        return
    namespace = _get(settings, "namespace")
    if namespace is not None and (wrong := wrong_namespace(namespace)):
        yield Problem(
            asked.where(("namespace",)),
            "MS0238",
            "namespace",
            f"got {shown(namespace)}, which the stack would make, close and take away",
            allowed=wrong,
            fix="name another, or set `create_namespaces: false` under targets.kubernetes",
        )


def _path_of_a_store(asked: _Asked) -> Iterator[Problem]:
    settings = asked.settings
    cluster = asked.site.targets.kubernetes if asked.site else None
    store = STORE_OF.get(cluster.identity) if cluster else None
    if store is None or not _is_on_kubernetes(settings):
        return
    # Seldon's servers have rights of their own, from whoever runs them.
    if isinstance(settings, SeldonModel) or _get(settings, "service_account_name") is not None:
        return
    for path, uri in _uris(settings):
        if re.match(store.begins, uri) and not re.fullmatch(store.pattern, uri):
            yield Problem(
                asked.where(path),
                "MS0237",
                dotted(path),
                f"got {shown(uri)}, and its pods get the right to what is below one path",
                allowed=store.shape,
                fix="name the path, or give `service_account_name` an account of yours",
            )


def _is_on_kubernetes(settings: AnySettings) -> bool:
    # A file that names no target has no needs yet.
    return "kubernetes" in getattr(settings, "needs", ())


def _get(settings: AnySettings, key: str) -> Any:  # noqa: ANN401 - any setting
    """A setting, or None where the target has none such; a wrong one raises."""
    return getattr(settings, key) if key in type(settings).model_fields else None


def _uris(settings: AnySettings) -> Iterator[tuple[KeyPath, str]]:
    """What the pods read and write, and where it is said."""
    for artifact in artifacts(settings):
        yield artifact.path, artifact.uri
    if isinstance(settings, Batch):
        yield ("input_uri",), settings.input_uri
        yield ("output_uri",), settings.output_uri


_RULES: Final[tuple[Callable[[_Asked], Iterator[Problem]], ...]] = (
    _namespace,
    _path_of_a_store,
)
