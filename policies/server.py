"""The pack as the engine sees it: Pulumi's analyzer protocol, one pass over each resource.

Every rule is announced as a policy of its own, so that names, severities, levels and settings are
Pulumi's; but a resource is decoded once and judged by all rules in one call. See
docs/adr/0009-one-policy-runs-all-rules.md for why this is not pulumi_policy's PolicyPack.
"""

import signal
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from types import FrameType
from typing import Any, Final, TypeAlias

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

from policies.configuration import (
    EXEMPTIONS,
    Configuration,
    ConfigurationError,
    Setting,
    build,
)
from policies.evaluation import Evaluation
from policies.findings import Finding
from policies.identity import NAME, VERSION
from policies.rule import Level, Rule, Severity
from policies.view import Resource

_LEVELS: Final = {
    Level.ADVISORY: analyzer_pb2.ADVISORY,
    Level.MANDATORY: analyzer_pb2.MANDATORY,
    Level.REMEDIATE: analyzer_pb2.REMEDIATE,
    Level.DISABLED: analyzer_pb2.DISABLED,
}
_LEVEL_NAMES: Final = {sent: level.value for level, sent in _LEVELS.items()}
_SEVERITIES: Final = {
    Severity.LOW: analyzer_pb2.POLICY_SEVERITY_LOW,
    Severity.MEDIUM: analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    Severity.HIGH: analyzer_pb2.POLICY_SEVERITY_HIGH,
    Severity.CRITICAL: analyzer_pb2.POLICY_SEVERITY_CRITICAL,
}
_JSON_TYPES: Final = {
    "bool": "boolean",
    "int": "integer",
    "float": "number",
    "tuple": "array",
    "str": "string",
}
# The engine's own limit for one message; a stack of 8,000 resources is some 30 MB.
_LARGEST_MESSAGE: Final = 400 * 1024 * 1024
# Subscripted for the type checker alone: grpc's own class is not generic where it runs.
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any] | None"
_REMEDIATE: Final = "/pulumirpc.Analyzer/Remediate"


def plain(value: struct_pb2.Value) -> object:
    """A protobuf value as plain JSON; a tenth of the cost of MessageToDict."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "struct_value":
        return plain_struct(value.struct_value)
    if kind == "list_value":
        return [plain(inner) for inner in value.list_value.values]
    if kind == "number_value":
        return value.number_value
    if kind == "bool_value":
        return value.bool_value
    return None


def plain_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """A protobuf struct as a plain map."""
    # Texts, which most values are, without a call for each.
    return {
        key: value.string_value if value.HasField("string_value") else plain(value)
        for key, value in struct.fields.items()
    }


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """The analyzer service over a tuple of rules. One instance serves one preview or update."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = rules
        self._configuration = Configuration()
        self._preview = True
        self._evaluation = Evaluation(rules, self._configuration)
        self.stopped = threading.Event()

    def Handshake(  # noqa: N802 - the protocol's names.
        self, request: proto.AnalyzerHandshakeRequest, context: grpc.ServicerContext
    ) -> proto.AnalyzerHandshakeResponse:
        """Nothing to agree on."""
        del request, context
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def GetPluginInfo(  # noqa: N802
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> proto.PluginInfo:
        """The pack's version."""
        del request, context
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetAnalyzerInfo(  # noqa: N802
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> proto.AnalyzerInfo:
        """Every rule as a policy, with its level, severity and settings."""
        del request, context
        return analyzer_pb2.AnalyzerInfo(
            name=NAME,
            version=VERSION,
            displayName="Model serving guardrails",
            supportsConfig=True,
            policies=[*(_policy(rule) for rule in self._rules), _exemptions_policy()],
        )

    def ConfigureStack(  # noqa: N802
        self, request: proto.AnalyzerStackConfigureRequest, context: grpc.ServicerContext
    ) -> proto.AnalyzerStackConfigureResponse:
        """Whether this is a preview."""
        del context
        self._preview = request.dry_run
        self._start()
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def Configure(  # noqa: N802
        self, request: proto.ConfigureAnalyzerRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Levels and settings; a wrong configuration stops the engine before any resource."""
        given = request.policyConfig
        try:
            self._configuration = build(
                {key: _LEVEL_NAMES[entry.enforcementLevel] for key, entry in given.items()},
                {key: plain_struct(entry.properties) for key, entry in given.items()},
                self._rules,
            )
        except ConfigurationError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        self._start()
        return empty_pb2.Empty()

    def Analyze(  # noqa: N802
        self, request: proto.AnalyzeRequest, context: grpc.ServicerContext
    ) -> proto.AnalyzeResponse:
        """All rules about single resources, on one resource."""
        del context
        return _response(self._evaluation.resource(_resource(request)))

    def AnalyzeStack(  # noqa: N802
        self, request: proto.AnalyzeStackRequest, context: grpc.ServicerContext
    ) -> proto.AnalyzeResponse:
        """All rules about the stack, and what there is to say about exemptions."""
        del context
        return _response(
            self._evaluation.stack(
                Resource(
                    type=one.type,
                    urn=one.urn,
                    name=one.name,
                    properties=plain_struct(one.properties),
                    provider=plain_struct(one.provider.properties),
                    dependencies=tuple(one.dependencies),
                    property_dependencies={
                        key: tuple(value.urns) for key, value in one.propertyDependencies.items()
                    },
                    parent=one.parent,
                    protect=one.options.protect,
                )
                for one in request.resources
            )
        )

    def Remediate(  # noqa: N802
        self, request: proto.AnalyzeRequest, context: grpc.ServicerContext
    ) -> proto.RemediateResponse:
        """What rules set where they are asked to; the engine judges the resource after it."""
        del context
        if not self._evaluation.remedies(request.type):
            return analyzer_pb2.RemediateResponse()
        return analyzer_pb2.RemediateResponse(
            remediations=[
                analyzer_pb2.Remediation(
                    policyName=rule.id,
                    policyPackName=NAME,
                    policyPackVersion=VERSION,
                    description=rule.title,
                    properties=_struct(properties),
                )
                for rule, properties, _ in self._evaluation.remediated(_resource(request))
            ]
        )

    @property
    def sets_anything(self) -> bool:
        """Whether any rule is asked to set something."""
        return self._evaluation.sets_anything

    def Cancel(  # noqa: N802
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """The engine is done; end at once, so that nobody waits."""
        del request, context
        self.stopped.set()
        return empty_pb2.Empty()

    def _start(self) -> None:
        self._evaluation = Evaluation(self._rules, self._configuration, preview=self._preview)


class _WhatIsAsked(grpc.ServerInterceptor):
    """Knows of no `Remediate` where no rule is asked to set something.

    The engine calls it for every resource, and takes this answer as a pack that sets nothing. It
    is given before the resource is decoded, at half of what an empty one costs.
    """

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], _Handler],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler:
        """The method's handler, or none."""
        if handler_call_details.method == _REMEDIATE and not self._analyzer.sets_anything:
            return None
        return continuation(handler_call_details)


def serve(rules: tuple[Rule, ...]) -> None:
    """Serves until the engine says so, or the process is asked to end. Prints the port."""
    analyzer = Analyzer(rules)
    server = grpc.server(
        ThreadPoolExecutor(max_workers=2),
        options=[
            ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
            ("grpc.max_send_message_length", _LARGEST_MESSAGE),
        ],
        interceptors=[_WhatIsAsked(analyzer)],
    )
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(analyzer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        analyzer.stopped.set()

    signal.signal(signal.SIGTERM, stop)
    # ^C goes to the whole group: the engine decides when its plugins end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    analyzer.stopped.wait()
    server.stop(grace=0.2).wait()


def _resource(request: proto.AnalyzeRequest) -> Resource:
    return Resource(
        type=request.type,
        urn=request.urn,
        name=request.name,
        properties=plain_struct(request.properties),
        provider=plain_struct(request.provider.properties),
        parent=request.options.parent,
        protect=request.options.protect,
    )


def _response(findings: Iterable[Finding]) -> proto.AnalyzeResponse:
    return analyzer_pb2.AnalyzeResponse(
        diagnostics=[
            analyzer_pb2.AnalyzeDiagnostic(
                policyName=finding.rule,
                policyPackName=NAME,
                policyPackVersion=VERSION,
                description=finding.title,
                message=finding.message,
                enforcementLevel=_LEVELS[finding.level],
                urn=finding.urn,
                severity=_SEVERITIES[finding.severity],
            )
            for finding in findings
        ]
    )


def _policy(rule: Rule) -> proto.PolicyInfo:
    return analyzer_pb2.PolicyInfo(
        name=rule.id,
        displayName=rule.id,
        description=rule.title,
        enforcementLevel=_LEVELS[rule.level],
        severity=_SEVERITIES[rule.severity],
        policy_type=analyzer_pb2.POLICY_TYPE_STACK
        if rule.stack
        else analyzer_pb2.POLICY_TYPE_RESOURCE,
        tags=[rule.family],
        remediation_steps=rule.fix,
        url=rule.docs,
        configSchema=analyzer_pb2.PolicyConfigSchema(properties=_struct(schema(rule))),
    )


def schema(rule: Rule) -> dict[str, Any]:
    """The rule's settings as JSON Schema properties."""
    found: dict[str, Any] = {}
    for one in fields(rule.settings):
        described: Setting = one.metadata["setting"]
        default: Any = one.default
        kind = _JSON_TYPES[type(default).__name__]
        entry: dict[str, Any] = {"type": kind, "description": described.description}
        if kind == "array":
            entry["items"] = {"type": "string"}
        entry["default"] = list(default) if kind == "array" else default
        if described.minimum is not None:
            entry["minimum"] = described.minimum
        found[one.name] = entry
    return found


def _exemptions_policy() -> proto.PolicyInfo:
    return analyzer_pb2.PolicyInfo(
        name=EXEMPTIONS,
        displayName="Exemptions in force",
        description="Lists every exemption: rule, resource, reason, owner, last day.",
        enforcementLevel=analyzer_pb2.ADVISORY,
        severity=analyzer_pb2.POLICY_SEVERITY_LOW,
        policy_type=analyzer_pb2.POLICY_TYPE_STACK,
        url="docs/guardrails.md#exemptions",
        configSchema=analyzer_pb2.PolicyConfigSchema(
            properties=_struct(
                {"granted": {"type": "array", "items": {"type": "object"}, "default": []}}
            )
        ),
    )


def _struct(value: dict[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(value)
    return struct
