"""The arguments that only a model on Azure Functions has, checked."""

import hashlib
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import pulumi

from components.azure.blob_rights import read_containers
from components.checks import Checks
from components.serving import Core, read_core
from facts.azure_functions import (
    APP_NAME_LENGTH,
    CONCURRENCY,
    DEPLOYMENT_PAGE,
    FLEX_INSTANCES,
    FLEX_MEMORY_MIB,
    FLEX_PAGE,
    FLEX_SETTINGS,
    HTTP_SECONDS,
    LOG_RETENTION_DAYS,
    PACKAGE_MIB,
    PLANS,
    PREMIUM_INSTANCES,
    PREMIUM_SIZES,
    PYTHON_VERSIONS,
    SLOTS_PAGE,
    UPDATES_PAGE,
    is_own_setting,
)
from facts.pods import CLOUD_KEYS, VARIABLE_NAME, looks_like_a_secret
from facts.resource_ids import azure_id
from facts.stores import STORES

__all__ = ["FunctionsSettings", "Version", "read_functions", "read_settings"]

_FLEX: Final = "flex"
_PREMIUM: Final = "premium"
_BLOB: Final = STORES["blob"]
_DIGEST: Final = r"sha256:[0-9a-f]{64}"
_GUID: Final = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ISSUER: Final = r"https://login\.microsoftonline\.(com|us)/[^/]+/v2\.0"
_SUBNET: Final = azure_id("Microsoft.Network/virtualNetworks", "[^/]+/subnets/[^/]+")
_KEY: Final = azure_id("Microsoft.KeyVault/vaults", "[^/]+/keys/[^/]+")
_SHIFTS: Final = ("all_at_once", "rolling")


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the model, and the package that serves it: its path and digest."""

    version: str
    uri: object
    digest: str | None
    code_path: str
    code_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionsSettings:
    """Beside `Core`."""

    plan: str
    instance_type: str
    memory_mib: int
    python_version: str
    concurrency: int | None
    timeout_seconds: int
    environment_variables: dict[str, str]
    profile_uri: pulumi.Input[str] | None
    """What requests are compared with."""
    jwt_audience: str
    callers: list[str]
    public_access: bool
    private_storage: bool
    log_retention_days: int
    rolling: bool
    artifact_containers: list[str]
    stable: Version
    candidate: Version | None

    @property
    def flex(self) -> bool:
        """Whether the plan is Flex Consumption."""
        return self.plan == _FLEX

    @property
    def versions(self) -> list[Version]:
        """The stable one, and the candidate where there is one."""
        return [self.stable, *([self.candidate] if self.candidate is not None else [])]


def read_functions(checks: Checks, name: str, args: Mapping[str, object]) -> Core:
    """The arguments that all targets share; how many instances there are depends on the plan."""
    flex = args.get("plan", _FLEX) == _FLEX
    most = FLEX_INSTANCES if flex else PREMIUM_INSTANCES
    return read_core(
        checks,
        name,
        args,
        least_min=0 if flex else 1,
        most_max=int(most.maximum or 0),
        usual_min=0 if flex else 1,
        usual_max=40 if flex else 20,
    )


def read_settings(checks: Checks, core: Core, args: Mapping[str, object]) -> FunctionsSettings:
    """Note what is wrong with the arguments, and answer the rest."""
    if not APP_NAME_LENGTH.allows(len(core.physical_name)):
        checks.problem("name", core.physical_name, f"{APP_NAME_LENGTH} with the environment")
    plan = checks.choice("plan", _FLEX, PLANS)
    flex = plan == _FLEX
    _read_places(checks)
    _read_candidate(checks, core, flex=flex)
    timeout = checks.whole(
        "timeout_seconds", 30, int(HTTP_SECONDS.minimum or 0), int(HTTP_SECONDS.maximum or 0)
    )
    if core.slo.latency_p95_ms >= timeout * 1000:
        checks.problem(
            "latency_p95_ms",
            core.slo.latency_p95_ms,
            f"less than timeout_seconds ({timeout} s), after which a request fails",
        )
    shift = checks.choice("shift", "all_at_once", _SHIFTS)
    if shift == "rolling" and not flex:
        checks.problem("shift", shift, f"all_at_once with plan premium ({UPDATES_PAGE})")
    return FunctionsSettings(
        plan=plan,
        instance_type=_instance_type(checks, args, flex=flex),
        memory_mib=_memory(checks, args, flex=flex),
        python_version=checks.choice("python_version", "3.13", PYTHON_VERSIONS),
        concurrency=_concurrency(checks),
        timeout_seconds=timeout,
        environment_variables=_variables(checks, flex=flex),
        profile_uri=cast("pulumi.Input[str] | None", args.get("drift_baseline_uri")),
        jwt_audience=_audience(checks),
        callers=_callers(checks),
        public_access=checks.flag("public_access", default=False),
        private_storage=_private_storage(checks),
        log_retention_days=_retention(checks, args),
        rolling=shift == "rolling",
        artifact_containers=read_containers(checks, "artifact_container_ids"),
        stable=_version(checks, core.model_version, args, "model", "code_path"),
        candidate=(
            _version(checks, core.candidate_version, args, "candidate", "candidate_code_path")
            if core.candidate_version is not None
            else None
        ),
    )


def _read_places(checks: Checks) -> None:
    for key in ("subscription_id", "resource_group", "location"):
        checks.text(key)
    checks.optional_text("storage_resource_group", r".+", "the storage accounts' resource group")
    for key in ("model_uri", "candidate_uri"):
        checks.optional_text(key, rf"{_BLOB.pattern}|file:.+", f"{_BLOB.shape}, or file:…")
    checks.text("jwt_issuer", _ISSUER, "https://login.microsoftonline.com/<tenant>/v2.0")
    for key in ("endpoint_subnet_id", "subnet_id"):
        checks.optional_text(key, _SUBNET, "the id of a subnet")
    checks.optional_text("key", _KEY, "the id of a Key Vault key, without its version")
    checks.optional_text(
        "log_workspace_id",
        azure_id("Microsoft.OperationalInsights/workspaces"),
        "the id of a Log Analytics workspace",
    )
    checks.optional_text(
        "alert_action_group_id",
        azure_id("Microsoft.Insights/actionGroups").replace("Insights", "[iI]nsights"),
        "the id of an action group",
    )


def _read_candidate(checks: Checks, core: Core, *, flex: bool) -> None:
    if core.candidate_version is not None and flex:
        checks.problem(
            "candidate_version",
            core.candidate_version,
            "plan: premium, which has slots: Flex Consumption has none; or a second endpoint "
            f"behind Front Door or API Management, or Azure ML ({SLOTS_PAGE})",
        )
    for key in ("candidate_code_path", "candidate_digest"):
        if checks.given(key) and core.candidate_version is None:
            checks.problem(key, checks.optional(key), "it beside candidate_version and _uri")


def _instance_type(checks: Checks, args: Mapping[str, object], *, flex: bool) -> str:
    if flex and checks.given("instance_type"):
        checks.problem("instance_type", args["instance_type"], "memory_mib, or plan: premium")
        return "EP1"
    return checks.choice("instance_type", "EP1", PREMIUM_SIZES)


def _memory(checks: Checks, args: Mapping[str, object], *, flex: bool) -> int:
    if not flex and checks.given("memory_mib"):
        checks.problem("memory_mib", args["memory_mib"], "instance_type, which has its memory")
        return FLEX_MEMORY_MIB[1]
    found = checks.whole("memory_mib", FLEX_MEMORY_MIB[1], *_ends(FLEX_MEMORY_MIB))
    if found not in FLEX_MEMORY_MIB:
        allowed = ", ".join(map(str, FLEX_MEMORY_MIB))
        checks.problem("memory_mib", found, f"one of {allowed} ({FLEX_PAGE})")
    return found


def _ends(values: tuple[int, ...]) -> tuple[int, int]:
    return values[0], values[-1]


def _concurrency(checks: Checks) -> int | None:
    if not checks.given("concurrency"):
        return None
    return checks.whole(
        "concurrency", 1, int(CONCURRENCY.minimum or 0), int(CONCURRENCY.maximum or 0)
    )


def _variables(checks: Checks, *, flex: bool) -> dict[str, str]:
    found = checks.mapping("environment_variables")
    for name, value in found.items():
        key = "environment_variables"
        if not VARIABLE_NAME.fullmatch(name):
            checks.problem(key, name, "names of letters, digits and _")
        elif flex and name in FLEX_SETTINGS:
            checks.problem(key, name, f"none of those that Flex Consumption refuses ({FLEX_PAGE})")
        elif is_own_setting(name):
            checks.problem(key, name, "the arguments for it: the component sets this one itself")
        elif name in CLOUD_KEYS:
            checks.problem(key, name, "the app's identity: keys of a cloud live long")
        elif looks_like_a_secret(name, value) and not value.startswith("@Microsoft.KeyVault("):
            # The value is not repeated: it may be one.
            checks.problem(key, name, "a reference: @Microsoft.KeyVault(SecretUri=…)")
    return found


def _audience(checks: Checks) -> str:
    found = checks.plain("jwt_audience")
    if found and not re.fullmatch(_GUID, found):
        checks.problem("jwt_audience", found, "the application (client) id in Microsoft Entra")
    return found


def _callers(checks: Checks) -> list[str]:
    found = checks.texts("callers", ())
    for wrong in [each for each in found if not re.fullmatch(_GUID, each)]:
        checks.problem("callers", wrong, "object ids of users and service principals in Entra")
    return found


def _private_storage(checks: Checks) -> bool:
    inside = checks.given("endpoint_subnet_id") and checks.given("subnet_id")
    public = checks.flag("storage_public_access", default=not inside)
    if not public and not inside:
        checks.problem(
            "storage_public_access",
            public,
            "true, or give subnet_id and endpoint_subnet_id: else the app does not reach it",
        )
    return not public


def _retention(checks: Checks, args: Mapping[str, object]) -> int:
    if checks.given("log_workspace_id") and checks.given("log_retention_days"):
        checks.problem("log_retention_days", args["log_retention_days"], "that of the workspace")
    low, high = LOG_RETENTION_DAYS.minimum or 0, LOG_RETENTION_DAYS.maximum or 0
    return checks.whole("log_retention_days", 30, int(low), int(high))


def _version(
    checks: Checks, version: str, args: Mapping[str, object], what: str, code_key: str
) -> Version:
    key = code_key if checks.given(code_key) else "code_path"
    path = checks.plain(key)
    digest = checks.optional(f"{what}_digest")
    if digest is not None and not re.fullmatch(_DIGEST, digest):
        checks.problem(f"{what}_digest", digest, "sha256: and 64 hexadecimal digits")
    return Version(version, args.get(f"{what}_uri"), digest, path, _code_digest(checks, key, path))


def _code_digest(checks: Checks, key: str, path: str) -> str:
    """By what a package is known: a changed one is another."""
    if not path:
        return ""
    file = Path(path)
    if not file.is_file() or not zipfile.is_zipfile(file):
        checks.problem(key, path, f"a zip that is there ({DEPLOYMENT_PAGE})")
        return ""
    if not PACKAGE_MIB.allows(file.stat().st_size / 2**20):
        checks.problem(key, path, f"a package of {PACKAGE_MIB} ({PACKAGE_MIB.source})")
        return ""
    with file.open("rb") as opened:
        return "sha256:" + hashlib.file_digest(opened, "sha256").hexdigest()
