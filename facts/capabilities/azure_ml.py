"""What Azure ML can honour, and why it cannot do the rest."""

from typing import Final

from facts.azure_ml import (
    BATCH_SCHEDULE_PAGE,
    FRAMEWORKS,
    PAGES,
    ROLLOUT_PAGE,
    SIZES_PAGE,
)
from facts.capabilities.shapes import Refusal, Target

_READ: Final = "2026-11-26"
_QUOTAS: Final = PAGES + "how-to-manage-quotas"
_SCALING: Final = PAGES + "how-to-autoscale-endpoints"
_COLLECT: Final = PAGES + "how-to-collect-production-data"
_DEPLOYMENT: Final = PAGES + "reference-yaml-deployment-managed-online"
_BATCH: Final = PAGES + "how-to-use-batch-model-deployments"
_BATCH_YAML: Final = PAGES + "reference-yaml-deployment-batch"
_BATCH_DATA: Final = PAGES + "how-to-access-data-batch-endpoints-jobs"

TARGET: Final = Target(
    "azure_ml",
    "a managed online endpoint of Azure ML",
    ("https", "azureml"),
    FRAMEWORKS,
    # Nothing moves traffic in steps by itself.
    ("all_at_once",),
    ROLLOUT_PAGE,
    _READ,
)
BATCH: Final = Target(
    "azure_ml_batch",
    "a batch endpoint of Azure ML",
    ("https", "azureml"),
    ("mlflow",),
    (),
    _BATCH_YAML,
    _READ,
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0470",
        "azure_ml/zero",
        "a deployment of a managed online endpoint keeps at least one instance",
        "min_replicas: 1; or target: kserve in knative mode, which scales to zero",
        _DEPLOYMENT,
    ),
    Refusal(
        "MS0471",
        "azure_ml/mirror",
        "at most half of the requests are copied, to spare the endpoint's bandwidth",
        "canary_percent: 50 or less while the strategy is shadow",
        ROLLOUT_PAGE,
        _READ,
    ),
    Refusal(
        "MS0472",
        "azure_ml/size",
        "managed online endpoints do not take that size",
        "a size of the vendor's list",
        SIZES_PAGE,
        _READ,
    ),
    Refusal(
        "MS0473",
        "azure_ml/accelerator",
        "the size does not carry that accelerator",
        "a size that carries it, or no accelerator",
        SIZES_PAGE,
        _READ,
    ),
    Refusal(
        "MS0474",
        "azure_ml/cpu-and-memory",
        "CPU and memory of an instance are those of its size",
        "instance_type, and neither cpu nor memory_mib under `resources`",
        SIZES_PAGE,
        _READ,
    ),
    Refusal(
        "MS0475",
        "azure_ml/name",
        "an endpoint is called `<model>-<environment>`; that name is too long, or has signs that "
        "Azure ML does not take",
        "a shorter name of the file: 3 to 32 letters, digits and single dashes with the "
        "environment's",
        _QUOTAS,
        _READ,
    ),
    Refusal(
        "MS0476",
        "azure_ml/scaling",
        "no measure by which Azure Monitor scales a deployment, or no pace that it keeps",
        "metric: cpu, requests or latency, or gpu where the size has one; cool-downs of 60 seconds "
        "or more",
        _SCALING,
    ),
    Refusal(
        "MS0477",
        "azure_ml/schedule",
        "Azure keeps times of day, on all or some days of the week, in zones that Windows knows",
        "minutes, hours and days of the week, as in `30 2 * * 1-5`; a zone such as Europe/Berlin",
        "https://learn.microsoft.com/azure/connectors/connectors-native-recurrence",
        _READ,
    ),
    Refusal(
        "MS0478",
        "azure_ml/capture-place",
        "what is collected goes to Blob Storage and nowhere else, and nothing says where there",
        "uri: https://account.blob.core.windows.net/container/path, here or as "
        "targets.azure_ml.capture_uri",
        _COLLECT,
        _READ,
    ),
    Refusal(
        "MS0479",
        "azure_ml/artifact",
        "Azure ML reads models from Blob Storage, and those that it has itself",
        "https://account.blob.core.windows.net/container/path, azureml:name:version, or online "
        "azureml://registries/registry/models/name/versions/version",
        PAGES + "reference-yaml-model",
    ),
    Refusal(
        "MS0480",
        "azure_ml/image",
        "an endpoint pulls from Azure Container Registry by its own identity, and public images of "
        "mcr.microsoft.com; other registries are not offered",
        "the image copied to the environment's registry",
        PAGES + "how-to-access-resources-from-endpoints-managed-identities",
    ),
    Refusal(
        "MS0481",
        "azure_ml_batch/once",
        "Azure ML runs a batch endpoint when somebody invokes it, and an update invokes nothing: "
        "there is no run for each version",
        "`schedule: …`, or `on_demand: true` and invoke it (`az ml batch-endpoint invoke`)",
        BATCH_SCHEDULE_PAGE,
        _READ,
    ),
    Refusal(
        "MS0482",
        "azure_ml_batch/wait",
        "an update starts no run that it could wait for",
        "no wait_for_completion; the one who invokes the endpoint waits for the job that it gets",
        _BATCH,
        _READ,
    ),
    Refusal(
        "MS0483",
        "azure_ml_batch/scorer",
        "a batch deployment loads what MLflow saved, or runs a script in an image: one of the two "
        "alone scores nothing",
        "`framework: mlflow`, or `image: …` and `code_uri: …`",
        _BATCH,
        _READ,
    ),
    Refusal(
        "MS0484",
        "azure_ml_batch/registry",
        "batch deployments take models that are registered in their workspace",
        "azureml:name:version of the workspace, or the model in Blob Storage, which is registered",
        _BATCH,
        _READ,
    ),
    Refusal(
        "MS0485",
        "azure_ml_batch/data",
        "a batch run reads Blob Storage, and writes below a path of it",
        "https://account.blob.core.windows.net/container/path",
        _BATCH_DATA,
        _READ,
    ),
    Refusal(
        "MS0486",
        "azure_ml_batch/candidate",
        "a batch endpoint gives all runs to one deployment",
        "a file of its own for the candidate, with another output_uri, to compare the results",
        _BATCH,
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0487",
        "azure_ml_batch/canary_percent",
        "a batch endpoint has no shares: all runs go to its default deployment",
        "a file of its own for the candidate, with another output_uri, to compare the results",
        _BATCH,
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0488",
        "azure_ml_batch/max_replicas",
        "a batch run has machines, not replicas",
        "parallelism for the machines of a run, concurrency_per_instance for what each has at once",
        _BATCH_YAML,
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0489",
        "azure_ml_batch/timeout_seconds",
        "no setting ends a whole run: Azure ML ends a job after 21 days",
        "mini_batch_timeout_seconds, after which a mini batch is tried again",
        _QUOTAS,
        _READ,
        of_key=True,
    ),
)
