"""What Azure Functions serves on: plans, sizes, names, times, and what a plan does not take.

By the pages of Microsoft's documentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from facts.limits import Limit

__all__ = [
    "APP_NAME_LENGTH",
    "CONCURRENCY",
    "DEPLOYMENT_PAGE",
    "FLEX_INSTANCES",
    "FLEX_MEMORY_MIB",
    "FLEX_PAGE",
    "FLEX_SETTINGS",
    "FLEX_SITE_CONFIG",
    "HTTP_SECONDS",
    "LOG_RETENTION_DAYS",
    "NETWORK_PAGE",
    "PACKAGE_MIB",
    "PACKAGE_NAME",
    "PACKAGE_PAGE",
    "PLANS",
    "PREMIUM_INSTANCES",
    "PREMIUM_PAGE",
    "PREMIUM_SIZES",
    "PRIVATE_ZONES",
    "PYTHON_VERSIONS",
    "SLOTS_PAGE",
    "UPDATES_PAGE",
    "PremiumSize",
    "hides_requests",
    "is_own_setting",
    "package_blob",
]

_PAGES: Final = "https://learn.microsoft.com/azure/azure-functions/"
_READ: Final = "2026-11-26"
FLEX_PAGE: Final = _PAGES + "flex-consumption-plan"
PREMIUM_PAGE: Final = _PAGES + "functions-premium-plan"
SLOTS_PAGE: Final = _PAGES + "functions-deployment-slots"
UPDATES_PAGE: Final = _PAGES + "flex-consumption-site-updates"
# Code gets to the plan by one deploy; what is only put into its container is not deployed.
DEPLOYMENT_PAGE: Final = _PAGES + "functions-infrastructure-as-code#deployment-package"
PACKAGE_PAGE: Final = _PAGES + "run-functions-from-deployment-package"
NETWORK_PAGE: Final = _PAGES + "functions-networking-options"

PLANS: Final = ("flex", "premium")
# What one deploy wants the package to be called.
PACKAGE_NAME: Final = "released-package.zip"
# 512 MiB come with a quarter of a core, 2048 with one, 4096 with two.
FLEX_MEMORY_MIB: Final = (512, 2048, 4096)
# "The lowest maximum scale is currently 1"; in some regions it was 40 until 2026.
FLEX_INSTANCES: Final = Limit("most instances of an app", 1, 1000, "instances", FLEX_PAGE, _READ)
# Those of github.com/Azure/azure-functions-python-worker, on both plans; read 2026-11-26.
PYTHON_VERSIONS: Final = ("3.10", "3.11", "3.12", "3.13")
# https://learn.microsoft.com/azure/azure-functions/run-functions-from-deployment-package
PACKAGE_MIB: Final = Limit("zipped package", None, 1024, "MiB", PACKAGE_PAGE, _READ)
# Azure's load balancer waits no longer for an answer, whatever the function's own time is.
HTTP_SECONDS: Final = Limit(
    "answer to an HTTP request", 1, 230, "seconds", _PAGES + "functions-scale#timeout", _READ
)
CONCURRENCY: Final = Limit(
    "requests at once of an instance",
    1,
    1000,
    "requests",
    _PAGES + "functions-concurrency#http-trigger-concurrency",
)
# Of `<model>-<environment>`: six signs come after it, and a slot's host, `…-candidate`, is one DNS
# label.
APP_NAME_LENGTH: Final = Limit(
    "length of an app's name before its own letters",
    2,
    63 - len("-000000-candidate"),
    "characters",
    "https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules",
)
LOG_RETENTION_DAYS: Final = Limit(
    "days that a workspace keeps logs",
    30,
    730,
    "days",
    "https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure",
)


@dataclass(frozen=True, slots=True)
class PremiumSize:
    """A size of the Premium plan's instances."""

    name: str
    cores: int
    memory_mib: int


PREMIUM_SIZES: Final = {
    size.name: size
    for size in (
        PremiumSize("EP1", 1, 3584),
        PremiumSize("EP2", 2, 7168),
        PremiumSize("EP3", 4, 14336),
    )
}
# On Linux 20 in some regions, and 100 in others.
PREMIUM_INSTANCES: Final = Limit(
    "most instances of an app", 1, 100, "instances", PREMIUM_PAGE, _READ
)

# Of apps and of their storage accounts:
# https://learn.microsoft.com/azure/private-link/private-endpoint-dns
PRIVATE_ZONES: Final = ("privatelink.azurewebsites.net", "privatelink.blob.core.windows.net")
# What the Flex Consumption plan has no use for, of app settings and of `siteConfig`: the table of
# https://learn.microsoft.com/azure/azure-functions/functions-app-settings, read 2026-11-26. Without
# netFrameworkVersion, which Azure's SDKs say of every app.
FLEX_SETTINGS: Final = frozenset(
    {
        "ENABLE_ORYX_BUILD",
        "FUNCTIONS_EXTENSION_VERSION",
        "FUNCTIONS_MAX_HTTP_CONCURRENCY",
        "FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED",
        "FUNCTIONS_WORKER_PROCESS_COUNT",
        "FUNCTIONS_WORKER_RUNTIME",
        "FUNCTIONS_WORKER_RUNTIME_VERSION",
        "SCM_DO_BUILD_DURING_DEPLOYMENT",
        "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
        "WEBSITE_CONTENTOVERVNET",
        "WEBSITE_CONTENTSHARE",
        "WEBSITE_DNS_SERVER",
        "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT",
        "WEBSITE_NODE_DEFAULT_VERSION",
        "WEBSITE_RUN_FROM_PACKAGE",
        "WEBSITE_SKIP_CONTENTSHARE_VALIDATION",
        "WEBSITE_VNET_ROUTE_ALL",
    }
)
FLEX_SITE_CONFIG: Final = frozenset(
    {
        "alwaysOn",
        "ftpsState",
        "functionAppScaleLimit",
        "javaVersion",
        "linuxFxVersion",
        "powerShellVersion",
        "preWarmedInstanceCount",
        "use32BitWorkerProcess",
        "vnetRouteAllEnabled",
        "windowsFxVersion",
    }
)

_OWN: Final = (
    *("APPLICATIONINSIGHTS_", "AzureFunctions", "AzureWebJobs", "FUNCTIONS_", "MODEL_SERVING_M"),
    *("WEBSITE_", "AZURE_CLIENT_ID", "MODEL_SERVING_TIMEOUT_SECONDS"),
)
_OPEN: Final = frozenset({"MODEL_SERVING_MAX_BODY_BYTES", "MODEL_SERVING_MAX_ROWS"})
_TELEMETRY: Final = "AzureFunctionsJobHost__logging__"
# Levels above information.
_QUIETER: Final = frozenset({"warning", "error", "critical", "none"})


def package_blob(digest: str) -> str:
    """The blob of a package in its container: each has a folder, all have the same name there."""
    return f"{digest.removeprefix('sha256:')}/{PACKAGE_NAME}"


def hides_requests(variables: Mapping[str, str]) -> str | None:
    """The setting by which the host tells of no request: they are information of `Host.Results`.

    A category's level goes before that of all:
    https://learn.microsoft.com/azure/azure-functions/configure-monitoring#configure-log-levels
    """
    for category in ("Host", "default"):
        name = f"{_TELEMETRY}logLevel__{category}"
        if name in variables:
            return name if variables[name].lower() in _QUIETER else None
    return None


def is_own_setting(name: str) -> bool:
    """Whether an app's setting is made of what is asked for otherwise, and nobody's to give.

    Of the runtime's variables its limits are open, and of the host's what it sends of requests and
    logs, and how many (https://learn.microsoft.com/azure/azure-functions/configure-monitoring).
    """
    return name.startswith(_OWN) and name not in _OPEN and not name.startswith(_TELEMETRY)
