"""What an `AzureFunctionsEndpoint` is asked for, flat, as Pulumi's component host wants it."""

from typing import NotRequired, TypedDict

import pulumi

__all__ = ["AzureFunctionsEndpointArgs"]


class AzureFunctionsEndpointArgs(TypedDict):
    """Flat arguments of `AzureFunctionsEndpoint`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the model."""
    description: NotRequired[str]
    """What the model does; alerts say it. Default: nothing."""
    subscription_id: pulumi.Input[str]
    """Subscription of everything."""
    resource_group: pulumi.Input[str]
    """Resource group of all that is made, which exists."""
    location: pulumi.Input[str]
    """Region, such as westeurope."""
    storage_resource_group: NotRequired[pulumi.Input[str]]
    """Resource group of the storage accounts with artifacts. Default: `resource_group`."""
    artifact_container_ids: NotRequired[list[str]]
    """Ids of further blob containers that the app reads: those of URIs that are outputs of other
    resources. Default: only the folders that the URIs are in."""
    model_version: str
    """Version of the stable model."""
    model_uri: pulumi.Input[str]
    """The stable model, which each instance pulls once:
    `https://account.blob.core.windows.net/container/path/model.onnx`; or `file:…`, which its
    package holds."""
    model_digest: NotRequired[str]
    """`sha256:…` of the file, checked before it is loaded. Default: not checked."""
    candidate_version: NotRequired[str]
    """Version of a second model that gets a share of the requests; plan premium alone has it.
    Default: no candidate."""
    candidate_uri: NotRequired[pulumi.Input[str]]
    """The candidate, as `model_uri`. Default: no candidate."""
    candidate_digest: NotRequired[str]
    """The candidate's, as `model_digest`. Default: not checked."""
    canary_percent: NotRequired[int]
    """Steady share of the requests that the candidate gets, 0 to 100. Default: 0."""
    code_path: str
    """Zip with handler, dependencies and host.json, as `runtime.package` makes it for Azure
    Functions."""
    candidate_code_path: NotRequired[str]
    """The candidate's zip. Default: `code_path`."""
    plan: NotRequired[str]
    """flex (Flex Consumption, down to no instance) or premium (Elastic Premium, which has slots,
    and at least one instance). Default: flex."""
    instance_type: NotRequired[str]
    """Size of the instances of plan premium: EP1, EP2 or EP3. Default: EP1."""
    memory_mib: NotRequired[int]
    """Memory of an instance of plan flex: 512, 2048 or 4096; CPU grows with it. Default: 2048."""
    python_version: NotRequired[str]
    """3.10, 3.11, 3.12 or 3.13, as the package's wheels are for. Default: 3.13."""
    min_replicas: NotRequired[int]
    """Instances that are always ready; at least 1 with plan premium. Default: 0, with plan premium
    1."""
    max_replicas: NotRequired[int]
    """Most instances: up to 1000, with plan premium up to 100, and 20 in many regions. Default: 40,
    with plan premium 20."""
    concurrency: NotRequired[int]
    """Requests at once of an instance, 1 to 1000. Default: what Azure chooses for the instance's
    memory."""
    timeout_seconds: NotRequired[int]
    """How long an answer may take, at most 230 s: Azure waits no longer. Default: 30."""
    drift_baseline_uri: NotRequired[pulumi.Input[str]]
    """Profile of the training rows (`python -m runtime.drift profile`), a blob's address, which
    instances count their requests by, and which the app may then read; an output's container is
    among `artifact_container_ids`. Default: nothing is compared."""
    drift_threshold: NotRequired[float]
    """Population stability index above which an alert tells that a feature, or a prediction, has
    drifted. Default: 0.2."""
    drift_schedule: NotRequired[str]
    """How long it looks back: hourly, daily, or `0 0/6 * * *` for six hours. Default: daily."""
    environment_variables: NotRequired[dict[str, str]]
    """Further settings of the app; nothing secret. Default: none."""
    jwt_issuer: pulumi.Input[str]
    """Who issues the callers' tokens: `https://login.microsoftonline.com/<tenant>/v2.0`."""
    jwt_audience: str
    """Id of the application in Microsoft Entra that callers get tokens for; tokens for
    `api://<id>` are taken too."""
    callers: NotRequired[list[str]]
    """Object ids of the users and service principals that may call. Default: whoever gets a token
    for `jwt_audience`, which the application in Entra decides."""
    public_access: NotRequired[bool]
    """Whether the app is reached from the internet. Default: false, by private endpoints alone."""
    endpoint_subnet_id: NotRequired[pulumi.Input[str]]
    """Subnet of the private endpoints: of the app, and of the storage account when the app is in
    `subnet_id`. Default: none is made."""
    subnet_id: NotRequired[pulumi.Input[str]]
    """Subnet in which the app reaches others, its own; delegated to Microsoft.App/environments for
    plan flex, to Microsoft.Web/serverFarms for plan premium. Default: no network."""
    private_zones: NotRequired[dict[str, pulumi.Input[str]]]
    """Ids of private DNS zones linked to the network, by their names: privatelink.azurewebsites.net
    and privatelink.blob.core.windows.net. Default: somebody else keeps the names."""
    storage_public_access: NotRequired[bool]
    """Whether the app's storage account is reached from the internet, by Entra alone. Default:
    true, and false with both subnets: who runs Pulumi has to reach that network then."""
    key: NotRequired[pulumi.Input[str]]
    """Id of a Key Vault key that the storage account is encrypted by. Default: Azure's own key."""
    log_workspace_id: NotRequired[pulumi.Input[str]]
    """Log Analytics workspace of requests and logs. Default: one of the app's own."""
    log_retention_days: NotRequired[int]
    """How long its own workspace keeps them, 30 to 730. Default: 30."""
    shift: NotRequired[str]
    """How instances change to another package or model: all_at_once restarts them; rolling, of plan
    flex, replaces them in batches of Azure's choice (a preview). Default: all_at_once."""
    latency_p95_ms: NotRequired[float]
    """SLO: 95 % of requests are answered within this many milliseconds. Default: 100."""
    error_rate_percent: NotRequired[float]
    """SLO: at most this many % of requests fail. Default: 1."""
    alert_action_group_id: NotRequired[pulumi.Input[str]]
    """Id of the action group that alerts tell. Default: alerts tell nobody."""
    alarms: NotRequired[str]
    """burn_rate: alerts on how fast the error budget of each objective goes, and on what is full.
    symptoms: none beside those at the bounds. Default: symptoms."""
    window_days: NotRequired[int]
    """SLO: the days that the error budget is for, 1 to 365. Default: 30."""
    dashboard: NotRequired[bool]
    """Whether there is a workbook. Default: false."""
    page_action_group_id: NotRequired[pulumi.Input[str]]
    """Id of the action group that is told when somebody has to be woken. Default:
    `alert_action_group_id`."""
    runbook_url: NotRequired[str]
    """Where people on call read what to do; `{alert}` becomes what the alert means. Default:
    none."""
    data_classification: NotRequired[str]
    """public, internal, confidential or restricted. Default: internal."""
    tags: NotRequired[dict[str, str]]
    """Further tags. Default: none."""
