"""Whatever keeps requests and answers says so by its tag; each test's docstring is the rule."""

import copy
import dataclasses
from collections.abc import Mapping
from typing import Any, cast

import pytest

from facts import tags
from policies import Resource, evaluate
from tests.contract.component_table import COMPONENTS
from tests.contract.test_component_guardrails import made, resources

_LOGGED = {"MODEL_SERVING_REQUEST_LOG_PAYLOADS": "true"}
_BLOB = "https://examplemodels.blob.core.windows.net/captured/fraud"
_RULE = "security/payloads-unacknowledged"
# By component, what makes it keep them.
KEEPING: dict[str, dict[str, Any]] = {
    "SageMakerEndpoint": {"capture_percent": 10, "capture_uri": "s3://captured/fraud"},
    "VertexEndpoint": {"capture_percent": 10},
    "AzureMlEndpoint": {"capture_percent": 10, "capture_uri": _BLOB},
    "ModelServer": {"env": _LOGGED},
    "InferenceService": {"capture_percent": 100, "capture_uri": "http://collector.logging"},
    "LambdaEndpoint": {"environment_variables": _LOGGED},
    "CloudRunEndpoint": {"environment_variables": _LOGGED},
    "AzureFunctionsEndpoint": {"environment_variables": _LOGGED},
}


def _tagged(found: list[Resource]) -> dict[str, set[str]]:
    """By resource, the vocabulary's values of `payloads` anywhere in it."""
    return {one.name: told for one in found if (told := set(_payloads(one.properties)))}


def _payloads(value: object) -> list[str]:
    if isinstance(value, Mapping):
        plain = cast("Mapping[str, Any]", value)
        own = tags.read({key: str(text) for key, text in plain.items()}).get(tags.PAYLOADS)
        inner = [text for each in plain.values() for text in _payloads(each)]
        return [*([own] if own else []), *inner]
    if isinstance(value, list):
        return [text for each in cast("list[object]", value) for text in _payloads(each)]
    return []


def _without_the_tag(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        plain = cast("dict[str, Any]", value)
        return {
            key: _without_the_tag(each)
            for key, each in plain.items()
            if tags.PAYLOADS not in tags.read({key: "kept"})
        }
    if isinstance(value, list):
        return [_without_the_tag(each) for each in cast("list[Any]", value)]
    return value


def _found(every: list[Resource]) -> list[str]:
    return [one.resource for one in evaluate(every, {"all": "disabled", _RULE: "mandatory"})]


@pytest.mark.parametrize("name", KEEPING)
def test_who_keeps_payloads_says_so(name: str) -> None:
    """The component's own tag is what the guardrail wants, and without it there is a finding."""
    found = resources(made(name, **KEEPING[name]))
    assert set().union(*_tagged(found).values()) == {tags.KEPT}
    assert _found(found) == []
    bare = [
        dataclasses.replace(one, properties=_without_the_tag(copy.deepcopy(dict(one.properties))))
        for one in found
    ]
    assert _found(bare)


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_who_keeps_none_does_not(name: str) -> None:
    """With the least arguments nothing is kept, and nothing carries the tag."""
    found = resources(made(name))
    assert _tagged(found) == {}
    assert _found(found) == []
