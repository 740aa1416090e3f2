"""The pack as a process, spoken to as the engine speaks to it."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from policies import Resource
from policies.server import plain_struct

PACK = Path(__file__).resolve().parents[2] / "policies"
LEVELS = {
    "advisory": analyzer_pb2.ADVISORY,
    "mandatory": analyzer_pb2.MANDATORY,
    "remediate": analyzer_pb2.REMEDIATE,
    "disabled": analyzer_pb2.DISABLED,
}


@dataclass
class Pack:
    """A running pack."""

    stub: Any
    process: subprocess.Popen[str]

    def info(self) -> proto.AnalyzerInfo:
        return self.stub.GetAnalyzerInfo(empty_pb2.Empty())

    def configure(
        self, config: dict[str, tuple[str, dict[str, Any]]], *, preview: bool = True
    ) -> None:
        """Levels and settings by rule, as the engine sends them."""
        self.stub.ConfigureStack(
            analyzer_pb2.AnalyzerStackConfigureRequest(stack="dev", project="p", dry_run=preview)
        )
        self.stub.Configure(
            analyzer_pb2.ConfigureAnalyzerRequest(
                policyConfig={
                    key: analyzer_pb2.PolicyConfig(
                        enforcementLevel=LEVELS[level], properties=struct(settings)
                    )
                    for key, (level, settings) in config.items()
                }
            )
        )

    def analyze(self, resource: Resource) -> list[proto.AnalyzeDiagnostic]:
        answer = self.stub.Analyze(
            analyzer_pb2.AnalyzeRequest(
                type=resource.type,
                urn=resource.urn,
                name=resource.name,
                properties=struct(dict(resource.properties)),
                options=analyzer_pb2.AnalyzerResourceOptions(protect=resource.protect),
            )
        )
        return list(answer.diagnostics)

    def remediate(self, resource: Resource) -> list[tuple[str, dict[str, Any]]]:
        """Which rules set something, and all properties after each.

        None, as the engine takes it, where the pack knows of no such method.
        """
        request = analyzer_pb2.AnalyzeRequest(
            type=resource.type,
            urn=resource.urn,
            name=resource.name,
            properties=struct(dict(resource.properties)),
        )
        try:
            answer = self.stub.Remediate(request)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                raise
            return []
        return [(one.policyName, plain_struct(one.properties)) for one in answer.remediations]

    def analyze_stack(self, *resources: Resource) -> list[proto.AnalyzeDiagnostic]:
        answer = self.stub.AnalyzeStack(
            analyzer_pb2.AnalyzeStackRequest(
                resources=[
                    analyzer_pb2.AnalyzerResource(
                        type=one.type,
                        urn=one.urn,
                        name=one.name,
                        properties=struct(dict(one.properties)),
                        dependencies=one.dependencies,
                        propertyDependencies={
                            key: analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)
                            for key, urns in one.property_dependencies.items()
                        },
                    )
                    for one in resources
                ]
            )
        )
        return list(answer.diagnostics)


def struct(value: dict[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(value)
    return made


@pytest.fixture(scope="module")
def pack() -> Iterator[Pack]:
    """Started as the language host starts it, in the pack's folder."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(PACK)]
    with subprocess.Popen(command, cwd=PACK, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        stub: Any = analyzer_pb2_grpc.AnalyzerStub(channel)
        yield Pack(stub, process)
        # The engine's way to end it; a pack that does not end would hang this test.
        stub.Cancel(empty_pb2.Empty())
        assert process.wait(timeout=20) == 0
        channel.close()
