"""The benchmark of the guardrails: a failure is no answer that came fast."""

from contextlib import nullcontext
from types import SimpleNamespace

import grpc
import pytest

from benchmarks.guardrails import remediate


class _Error(grpc.RpcError):
    def __init__(self, code: grpc.StatusCode) -> None:
        self._code = code

    def code(self) -> grpc.StatusCode:
        return self._code


@pytest.mark.parametrize("code", [grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.UNAVAILABLE])
def test_only_that_there_is_no_such_method_is_an_answer(code: grpc.StatusCode) -> None:
    def fails(_: object) -> None:
        raise _Error(code)

    answer = code is grpc.StatusCode.UNIMPLEMENTED
    with nullcontext() if answer else pytest.raises(grpc.RpcError):
        remediate(SimpleNamespace(Remediate=fails), None)
