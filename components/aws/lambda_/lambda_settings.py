"""The arguments that only Lambda has, checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from components.aws.lambda_ import codedeploy, http_api, lambda_package
from components.aws.lambda_.lambda_variables import check_variables
from components.aws.lambda_.lambda_warmth import Warmth, read_warmth
from components.aws.log_retention import read_retention
from components.checks import Checks
from components.serving import Core
from facts.lambda_serving import (
    API_THROTTLE_BURST,
    API_THROTTLE_RATE,
    ASYNC_AGE_SECONDS,
    ASYNC_RETRIES,
    CERTIFICATE_ARN,
    CODE_SIGNING_ARN,
    DEFAULT_RATE_PER_SECOND,
    DOMAIN,
    LAYER_ARN,
    LAYERS,
    LOG_LEVELS,
    RUNTIME_UPDATES,
    RUNTIME_VERSION_ARN,
    S3_FILE,
    SNAP_START_STORAGE_MIB,
    answered_per_second,
    sends_by,
    snap_starts,
)
from facts.limits import LAMBDA_EPHEMERAL_STORAGE_MIB, LAMBDA_MEMORY_MIB, Limit

__all__ = ["Settings", "read_settings"]

_ARCHITECTURES: Final = ("arm64", "x86_64")
_LONGEST_NAME: Final = 64
_DIGEST: Final = r"sha256:[0-9a-f]{64}"
_ORIGIN: Final = r"https?://[a-z0-9.-]+(:\d{1,5})?"
_OF_ZIPS: Final = ("handler", "runtime", "runtime_updates", "layers", "code_signing_config_arn")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the function and what is around it are made with."""

    package: lambda_package.Package
    handler: str
    runtime: str
    runtime_updates: str | None
    runtime_version_arn: str | None
    architecture: str
    memory_mib: int
    timeout_seconds: int
    ephemeral_storage_mib: int
    environment_variables: dict[str, str]
    pull_model: bool
    model_digest: str | None
    candidate_digest: str | None
    snap_start: bool
    reserved_concurrency: int
    warmth: Warmth
    throttle_rate_per_second: float
    throttle_burst: int
    log_retention_days: int
    log_level: str | None
    tracing: bool
    retries: int | None
    max_age_seconds: int | None
    function_url: bool
    cors_origins: list[str]
    shift: codedeploy.Shift | None


def read_settings(checks: Checks, core: Core, args: Mapping[str, Any]) -> Settings:
    """All that is not common to every target; what is wrong is noted."""
    if len(core.physical_name) > _LONGEST_NAME:
        checks.problem(
            "name", core.physical_name, f"at most {_LONGEST_NAME} signs with environment"
        )
    reserved = checks.whole("reserved_concurrency", core.max_replicas, 1, 10_000)
    snap_start = checks.flag("snap_start", default=False)
    updates = checks.choice("runtime_updates", "auto", RUNTIME_UPDATES)
    found = Settings(
        package=lambda_package.read_package(checks, args),
        handler=checks.plain("handler", "runtime.lambda_handler.handler"),
        runtime=checks.plain("runtime", "python3.13"),
        runtime_updates=updates if checks.given("runtime_updates") else None,
        runtime_version_arn=checks.optional("runtime_version_arn"),
        architecture=checks.choice("architecture", "arm64", _ARCHITECTURES),
        memory_mib=_within(checks, "memory_mib", 1024, LAMBDA_MEMORY_MIB),
        timeout_seconds=checks.whole(
            "timeout_seconds", 10, 1, http_api.LONGEST_TIMEOUT_SECONDS - 1
        ),
        ephemeral_storage_mib=_within(
            checks, "ephemeral_storage_mib", 512, LAMBDA_EPHEMERAL_STORAGE_MIB
        ),
        environment_variables=checks.mapping("environment_variables"),
        pull_model=checks.flag("pull_model", default=False),
        model_digest=checks.optional("model_digest"),
        candidate_digest=checks.optional("candidate_digest"),
        snap_start=snap_start,
        reserved_concurrency=reserved,
        warmth=read_warmth(checks, core, args, reserved=reserved, snap_start=snap_start),
        throttle_rate_per_second=_rate(checks, core, reserved),
        throttle_burst=_within(checks, "throttle_burst", 100, API_THROTTLE_BURST),
        log_retention_days=read_retention(checks, usual=30),
        log_level=checks.choice("log_level", "INFO", LOG_LEVELS)
        if checks.given("log_level")
        else None,
        tracing=checks.flag("tracing", default=True),
        retries=_optional(checks, "retries", ASYNC_RETRIES),
        max_age_seconds=_optional(checks, "max_age_seconds", ASYNC_AGE_SECONDS),
        function_url=checks.flag("function_url", default=False),
        cors_origins=checks.texts("cors_origins", ()),
        shift=codedeploy.configuration(checks, core),
    )
    _check_timeout(checks, core, found.timeout_seconds)
    _check_model(checks, args, found)
    _check_zip(checks, args, found)
    _check_snap_start(checks, found)
    _check_callers(checks, args, found)
    _check_pairs(checks)
    check_variables(checks, core, args, found.handler, found.environment_variables)
    return found


def _within(checks: Checks, key: str, usual: int, limit: Limit) -> int:
    return checks.whole(key, usual, int(limit.minimum or 0), int(limit.maximum or 0))


def _optional(checks: Checks, key: str, limit: Limit) -> int | None:
    least = int(limit.minimum or 0)
    return _within(checks, key, least, limit) if checks.given(key) else None


def _rate(checks: Checks, core: Core, reserved: int) -> float:
    """The API lets no more through than the function answers: the rest waits, and then fails."""
    p95 = core.slo.latency_p95_ms
    answered = answered_per_second(reserved, p95)
    least, most = API_THROTTLE_RATE.minimum or 0, API_THROTTLE_RATE.maximum or 0
    usual = max(least, min(float(DEFAULT_RATE_PER_SECOND), answered))
    rate = checks.number("throttle_rate_per_second", usual, least, most)
    if checks.given("throttle_rate_per_second") and rate > max(least, answered):
        checks.problem(
            "throttle_rate_per_second",
            rate,
            f"at most {answered:g}, or a larger reserved_concurrency: {reserved} instances answer "
            f"{answered:g} requests per second, each counted with {p95:g} ms (latency_p95_ms; "
            "AWS's formula has the average, which is less) and ten per second and instance at most",
        )
    return rate


def _check_timeout(checks: Checks, core: Core, seconds: int) -> None:
    """Client, API and function give up in this order; the function not before the objective."""
    p95 = core.slo.latency_p95_ms
    if seconds * 1000 <= p95:
        longest = http_api.LONGEST_TIMEOUT_SECONDS - 1
        use = f"more than the objective, latency_p95_ms {p95:g} ms, and at most {longest} s"
        checks.problem("timeout_seconds", seconds, use)


def _check_model(checks: Checks, args: Mapping[str, Any], found: Settings) -> None:
    for key in ("model_digest", "candidate_digest"):
        checks.optional_text(key, _DIGEST, "sha256: and 64 lower-case hexadecimal digits")
    if found.candidate_digest and not checks.given("candidate_version"):
        checks.problem("candidate_digest", found.candidate_digest, "it beside a candidate")
    if found.pull_model:
        use = "the S3 URI of one file, s3://bucket/key, or no pull_model"
        for key in ("model_uri", "candidate_uri"):
            checks.optional_text(key, S3_FILE, use)
    elif checks.given("artifact_key_arn"):
        checks.problem("artifact_key_arn", args["artifact_key_arn"], "it with pull_model")


def _check_zip(checks: Checks, args: Mapping[str, Any], found: Settings) -> None:
    """Layers, runtimes and signatures are of zips: an image has its own."""
    if checks.given("image"):
        for key in filter(checks.given, _OF_ZIPS):
            checks.problem(key, args[key], "it with a zip; an image brings its own")
    layers = cast("list[object]", args.get("layers") or [])
    if len(layers) > (LAYERS.maximum or 0):
        checks.problem("layers", layers, str(LAYERS))
    for layer in layers:
        if isinstance(layer, str) and not re.fullmatch(LAYER_ARN, layer):
            use = "ARNs with the layer's version: arn:aws:lambda:…:layer:name:1"
            checks.problem("layers", layer, use)
    use = "its ARN: arn:aws:lambda:region:account:code-signing-config:csc-…"
    checks.optional_text("code_signing_config_arn", CODE_SIGNING_ARN, use)
    checks.optional_text(
        "runtime_version_arn", RUNTIME_VERSION_ARN, "arn:aws:lambda:region::runtime:id"
    )
    if (found.runtime_updates == "manual") != (found.runtime_version_arn is not None):
        checks.problem(
            "runtime_version_arn",
            found.runtime_version_arn,
            "it with runtime_updates manual, and with nothing else",
        )


def _check_snap_start(checks: Checks, found: Settings) -> None:
    if not found.snap_start:
        return
    if checks.given("image"):
        checks.problem("snap_start", found.snap_start, "false, or a zip: it takes no image")
    elif not snap_starts(found.runtime):
        checks.problem("runtime", found.runtime, "python3.12 or later with snap_start")
    if not SNAP_START_STORAGE_MIB.allows(found.ephemeral_storage_mib):
        use = f"{SNAP_START_STORAGE_MIB.maximum:g} with snap_start"
        checks.problem("ephemeral_storage_mib", found.ephemeral_storage_mib, use)


def _check_callers(checks: Checks, args: Mapping[str, Any], found: Settings) -> None:
    for origin in found.cors_origins:
        if not re.fullmatch(_ORIGIN, origin):
            checks.problem("cors_origins", origin, "origins such as https://shop.example")
    checks.optional_text("domain", DOMAIN, "a host name, such as prices.example.com")
    checks.optional_text(
        "certificate_arn", CERTIFICATE_ARN, "its ARN: arn:aws:acm:region:account:certificate/…"
    )
    if checks.given("on_failure_arn") and checks.given("dead_letter_arn"):
        use = "either on_failure_arn, which tells why too, or dead_letter_arn"
        checks.problem("dead_letter_arn", args["dead_letter_arn"], use)
    for key, services in (("on_failure_arn", ()), ("dead_letter_arn", ("sqs", "sns"))):
        arn = args.get(key)
        if isinstance(arn, str) and not _receives(arn, services):
            what = "a standard queue or topic" if services else _DESTINATIONS
            checks.problem(key, arn, f"the ARN of {what}")


_DESTINATIONS: Final = "a standard queue or topic, a function, an event bus or a bucket"


def _receives(arn: str, services: tuple[str, ...]) -> bool:
    """Whether failed requests can go there; ordered queues and topics take none."""
    known = bool(sends_by(arn)) and not arn.endswith(".fifo")
    return known and (not services or sends_by(arn).partition(":")[0] in services)


def _check_pairs(checks: Checks) -> None:
    for one, other in (
        ("jwt_issuer", "jwt_audience"),
        ("subnet_ids", "security_group_ids"),
        ("domain", "certificate_arn"),
    ):
        if checks.given(one) != checks.given(other):
            missing = other if checks.given(one) else one
            checks.problem(missing, None, f"both {one} and {other}, or neither")
    if checks.given("zone_id") and not checks.given("domain"):
        checks.problem("domain", None, "the host name that zone_id gets a record for")
