"""What the pods of a model server read: files, secrets, and models that a volume keeps."""

import hashlib
import json
from collections.abc import Mapping, Sequence

import pulumi

from components.kubernetes.labels import COMPONENT
from components.kubernetes.objects import KubernetesObject, Manifest, manifest
from components.kubernetes.server.container_env import secret_object, secret_variables
from components.kubernetes.server.model_server_settings import ServerSettings
from components.kubernetes.server.model_source import model_claim, model_job
from components.kubernetes.server.pod import Read
from components.kubernetes.server.slots import Slot
from facts.strategies import slug

__all__ = ["files_and_secrets", "kept_models"]

_DOWNLOAD = "download"


def files_and_secrets(
    parent: pulumi.Resource,
    name: str,
    settings: ServerSettings,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
) -> tuple[Read, list[pulumi.Resource]]:
    """Registers them; answers with their names, and with what the pods have to wait for."""
    child = pulumi.ResourceOptions(parent=parent)
    made: list[pulumi.Resource] = []
    config: str | None = None
    secret: pulumi.Input[str] | None = None
    if settings.config:
        files = _config_map(name, namespace, labels, settings.config)
        config = files["metadata"]["name"]
        made.append(KubernetesObject(f"{name}-config", files, child))
    if settings.environment.secrets:
        values = secret_object(namespace, labels, settings.environment)
        held = KubernetesObject(f"{name}-secrets", values, child)
        secret = held.metadata.apply(lambda metadata: str(metadata["name"]))
        made.append(held)
    return Read(config, secret), made


def _config_map(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    files: Mapping[str, str],
) -> Manifest:
    """Named by its content: other content is another object, and pods never see half of each."""
    content = json.dumps(files, sort_keys=True).encode()
    suffix = hashlib.sha256(content).hexdigest()[:8]
    return manifest(
        "v1",
        "ConfigMap",
        f"{name}-{suffix}",
        namespace,
        labels,
        data=dict(files),
        immutable=True,
    )


def kept_models(  # noqa: PLR0917
    parent: pulumi.Resource,
    slots: Sequence[Slot],
    settings: ServerSettings,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    read: Read,
    before: Sequence[pulumi.Resource],
) -> list[pulumi.Resource]:
    """Registers the volume that keeps models, and a Job for each that runs; none unless asked."""
    storage = settings.storage
    if not storage.model_volume_mib:
        return []
    model = slots[0].model
    claim = KubernetesObject(
        f"{model}-models",
        model_claim(model, namespace, labels, storage),
        pulumi.ResourceOptions(parent=parent),
    )
    timeout = f"{settings.ready_timeout_seconds}s"
    options = pulumi.ResourceOptions(
        parent=parent,
        depends_on=[claim, *before],
        custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
    )
    made: list[pulumi.Resource] = [claim]
    for slot in slots:
        job = model_job(
            model,
            namespace,
            # Those that a cloud's webhook looks for: it reads by the server's identity.
            {**settings.pod_labels, **labels, COMPONENT: _DOWNLOAD},
            storage=storage,
            uri=slot.uri,
            version_slug=slug(slot.version),
            service_account_name=settings.service_account_name,
            user_id=settings.user_id,
            env=secret_variables(settings.environment, read.secret),
            tmp_mib=settings.disk.tmp_mib,
        )
        made.append(KubernetesObject(slot.child("download"), job, options))
    return made
