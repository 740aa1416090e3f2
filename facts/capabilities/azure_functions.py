"""What Azure Functions can honour, and why it cannot do the rest."""

from typing import Final

from facts.azure_functions import (
    CONCURRENCY,
    FLEX_PAGE,
    HTTP_SECONDS,
    PREMIUM_INSTANCES,
    PREMIUM_PAGE,
    SLOTS_PAGE,
    UPDATES_PAGE,
)
from facts.capabilities.shapes import Refusal, Target

_READ: Final = "2026-11-26"

TARGET: Final = Target(
    "azure_functions",
    "Azure Functions",
    ("https", "file"),
    ("onnx",),
    # Flex Consumption replaces instances in batches of its own choice; nothing moves a share.
    ("all_at_once", "rolling"),
    UPDATES_PAGE,
    _READ,
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0540",
        "azure_functions/candidate",
        "an app on the plan Flex Consumption has no slots, and so no second version beside the "
        "first",
        "plan: premium, whose slots get a share; a second model file behind Front Door or API "
        "Management, which part the requests; or target: azure_ml",
        SLOTS_PAGE,
        _READ,
    ),
    Refusal(
        "MS0541",
        "azure_functions/accelerator",
        "no instance of Azure Functions has a GPU",
        "target: azure_ml with instance_type: Standard_NC4as_T4_v3, or target: kserve on AKS with "
        "the same accelerator",
        PREMIUM_PAGE,
        _READ,
    ),
    Refusal(
        "MS0542",
        "azure_functions/memory",
        "an instance of Flex Consumption has 512, 2048 or 4096 MiB, and one of Premium what its "
        "size has",
        "one of these; with plan: premium instance_type, EP3 for 14 GiB; larger models fit target: "
        "azure_ml",
        FLEX_PAGE,
        _READ,
    ),
    Refusal(
        "MS0543",
        "azure_functions/cpu",
        "CPU follows the memory on Flex Consumption, and the size on Premium",
        "resources.memory_mib, or plan: premium with instance_type",
        FLEX_PAGE,
        _READ,
    ),
    Refusal(
        "MS0544",
        "azure_functions/timeout",
        f"Azure's load balancer answers within {HTTP_SECONDS.maximum:g} seconds; a function that "
        "runs longer fails for the caller",
        f"timeout_seconds: {HTTP_SECONDS.maximum:g} or less; longer runs fit target: "
        "azure_ml_batch",
        HTTP_SECONDS.source,
        _READ,
    ),
    Refusal(
        "MS0545",
        "azure_functions/zero",
        "the plan Premium keeps at least one instance",
        "min_replicas: 1, or plan: flex, which goes down to none",
        PREMIUM_PAGE,
        _READ,
    ),
    Refusal(
        "MS0546",
        "azure_functions/instances",
        f"an app on the plan Premium has {PREMIUM_INSTANCES}, and 20 in many regions",
        "fewer replicas, or plan: flex, which has up to 1000",
        PREMIUM_PAGE,
        _READ,
    ),
    Refusal(
        "MS0547",
        "azure_functions/instance-type",
        "sizes are of the plan Premium: EP1, EP2 and EP3",
        "plan: premium beside it, or resources.memory_mib on Flex Consumption",
        PREMIUM_PAGE,
        _READ,
    ),
    Refusal(
        "MS0548",
        "azure_functions/image",
        "not offered: Flex Consumption runs code and no images, and on Premium an image of one's "
        "own would bring its host along",
        "`model.framework: onnx`, which the runtime's package serves; an image fits target: "
        "azure_ml or kubernetes",
        FLEX_PAGE,
        _READ,
    ),
    Refusal(
        "MS0549",
        "azure_functions/rolling",
        "Azure chooses batches and times of a rolling update of Flex Consumption by itself, and "
        "Premium has none",
        "shift: rolling without size_percent and wait_seconds, on plan: flex; it is a preview, and "
        "one instance alone is down for a moment",
        UPDATES_PAGE,
        _READ,
    ),
    Refusal(
        "MS0550",
        "azure_functions/snap-start",
        "Azure Functions has no snapshots of instances",
        "mode: provisioned, or min_replicas, which keep instances ready",
        FLEX_PAGE,
        _READ,
    ),
    Refusal(
        "MS0551",
        "azure_functions/cold-start",
        "nothing says how long the first answer of a new instance takes, the pull of the model "
        "included: no budget can be kept without an instance that is ready",
        "mode: provisioned, or min_replicas: 1 or more",
        FLEX_PAGE,
    ),
    Refusal(
        "MS0552",
        "azure_functions/strategy",
        "a slot gets a share of the requests, and is reached by who asks for it; there is no other "
        "way to try a candidate",
        "canary_percent on plan: premium; 0 for callers who send x-ms-routing-name=candidate alone",
        SLOTS_PAGE,
        _READ,
        of_key=True,
    ),
    Refusal(
        "MS0553",
        "azure_functions/artifact",
        "instances read models from Blob Storage by their identity, or find them in their package",
        "https://account.blob.core.windows.net/container/path/model.onnx, or file:path/model.onnx",
        "https://learn.microsoft.com/azure/app-service/overview-managed-identity",
        _READ,
    ),
    Refusal(
        "MS0554",
        "azure_functions/scaling",
        "Azure adds instances by the requests that come and by `concurrency`; there is nothing "
        "else that their number follows",
        f"concurrency, {CONCURRENCY.minimum:g} to {CONCURRENCY.maximum:g} requests at once of an "
        "instance",
        FLEX_PAGE,
        _READ,
        of_key=True,
    ),
)
