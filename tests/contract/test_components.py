"""Rules that every component keeps; each test's docstring is the rule."""

import ast
import importlib
import inspect
import itertools
import re
from pathlib import Path
from types import ModuleType
from typing import Any, NotRequired, cast, get_args, get_origin, is_typeddict

import pulumi
import pytest

from components.serving import Serving
from tests.contract.component_table import COMPONENTS, FILES, ROOT, least, word
from tests.unit.component_mocks import record

SERVING_CORE = set(Serving.__annotations__)
each = pytest.mark.parametrize("name", sorted(COMPONENTS))
# A pool of machines, a namespace, the right to read an artifact, what watches.
SERVES_NO_MODEL = {
    "AzureMlBatchEndpoint",
    "AksCluster",
    "AksGpuNodePool",
    "AksModelIdentity",
    "AwsPrivateNetwork",
    "AzurePrivateNetwork",
    "BatchInference",
    "ClusterAddOns",
    "DriftJob",
    "EksAutoscalerIdentity",
    "EksCluster",
    "EksGpuNodePool",
    "KarpenterGpuNodePool",
    "LocalModelNodeGroup",
    "EksModelIdentity",
    "GcpPrivateNetwork",
    "GkeCluster",
    "GkeGpuNodePool",
    "GkeModelIdentity",
    "GpuMonitoring",
    "GpuNodeFallback",
    "ModelMonitoring",
    "ModelNamespace",
    "PrepulledImages",
    "SageMakerBatchTransform",
    "VertexBatchPrediction",
}
_EVERYTHING = {"target", "environment", "owner", "slo"}
_REPLICAS = {"min_replicas", "max_replicas"}
# What status says of that which is less than a model with replicas of its own: nothing is made up.
STATUS = {
    "InferenceGraph": _EVERYTHING | _REPLICAS | {"calls"},
    "SageMakerSharedEndpoint": _EVERYTHING | _REPLICAS,
    "SharedModelServer": _EVERYTHING | _REPLICAS,
    "TrainedModel": _EVERYTHING | {"version", "model_uri", "server"},
}


# Words of all components that stand as they are in queries, rights and what alerts say.
NAMES = ("environment", "namespace")
NO_NAMES = ("a:b", 'a"b', "{{ a }}", "a/b", "a b", "")


def _module(name: str) -> ModuleType:
    return importlib.import_module(COMPONENTS[name].__module__)


def _args(name: str) -> type:
    return cast(type, getattr(_module(name), f"{name}Args"))


def _hints(owner: type) -> dict[str, Any]:
    # Not get_type_hints: Pulumi's aliases hold names that only its own modules can resolve.
    return inspect.get_annotations(owner)


def _kind(hint: Any) -> Any:  # noqa: ANN401
    """A key's type, whether it is needed or not."""
    return hint.__args__[0] if get_origin(hint) is NotRequired else hint


def _class_node(owner: type) -> ast.ClassDef:
    """Of the file that defines the class, which may be another than the component's."""
    tree = ast.parse(Path(str(inspect.getsourcefile(owner))).read_text())
    return next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == owner.__name__)


def _nested(owner: type) -> list[type]:
    """The typed dictionaries in the lists of another one, at any depth."""
    inner = [get_args(_kind(hint)) for hint in _hints(owner).values()]
    found = [args[0] for args in inner if args and is_typeddict(args[0])]
    return found + [deeper for each in found for deeper in _nested(each)]


def _dictionaries(name: str) -> list[type]:
    """The component's arguments, and what is nested in them."""
    return [_args(name), *_nested(_args(name))]


def _key_docs(owner: type) -> dict[str, str]:
    """The text below each key of a typed dictionary."""
    body = _class_node(owner).body
    docs: dict[str, str] = {}
    for key, text in itertools.pairwise(body):
        if isinstance(key, ast.AnnAssign) and isinstance(key.target, ast.Name):
            docs[key.target.id] = (
                str(text.value.value)
                if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
                else ""
            )
    return docs


@each
def test_one_concept_one_file_one_test(name: str) -> None:
    """A component's file, unit test and engine test carry its name in snake case."""
    assert word(name).replace("_", "") == name.lower()
    assert (ROOT / f"tests/unit/test_{word(name)}.py").is_file()
    assert (ROOT / f"tests/engine/test_component_{word(name)}.py").is_file()


@each
def test_every_argument_is_explained(name: str) -> None:
    """Each key has a docstring; an optional one says its default as behaviour, a needed one not."""
    for owner in _dictionaries(name):
        docs = _key_docs(owner)
        hints = _hints(owner)
        assert docs.keys() == hints.keys()
        for key, hint in hints.items():
            assert docs[key].strip(), key
            optional = get_origin(hint) is NotRequired
            assert bool(re.search(r"Default:\s", docs[key])) == optional, key


@each
def test_arguments_suit_every_language(name: str) -> None:
    """A TypedDict of numbers, flags, texts, lists and maps of text; only texts are inputs.

    Pulumi's component host refuses Literal and unions, and turns a nested struct that is given as
    an output into an empty one. So what is nested is a plain list of typed dictionaries, and
    nothing in it is an input.
    """
    plain = {str, int, float, bool, list[str], dict[str, str]}
    inputs = {pulumi.Input[str], list[pulumi.Input[str]], dict[str, pulumi.Input[str]]}
    arguments, *nested = _dictionaries(name)
    for owner in (arguments, *nested):
        for key, hint in _hints(owner).items():
            kind = _kind(hint)
            a_list = get_origin(kind) is list and get_args(kind)[0] in nested
            an_input = owner is arguments and kind in inputs
            assert kind in plain or an_input or a_list, f"{key}: {kind}"


def test_no_postponed_annotations() -> None:
    """`from __future__ import annotations` breaks the component host's analyser."""
    for path in FILES:
        assert "from __future__ import annotations" not in path.read_text(), path.name


@each
def test_shared_words_have_one_type(name: str) -> None:
    """A key that several components have is of the same type in all of them."""
    hints = _hints(_args(name))
    for other in COMPONENTS:
        theirs = _hints(_args(other))
        for key in hints.keys() & theirs.keys():
            assert _kind(hints[key]) == _kind(theirs[key]), f"{key}: {name} and {other}"


@each
def test_signature(name: str) -> None:
    """`__init__(self, name, args, opts=None)`."""
    parameters = inspect.signature(COMPONENTS[name].__init__).parameters
    assert list(parameters) == ["self", "name", "args", "opts"]
    assert parameters["args"].annotation is _args(name)
    assert parameters["opts"].default is None


@each
def test_outputs_equal_what_is_registered(name: str) -> None:
    """The declared outputs are exactly those given to `register_outputs`."""
    node = _class_node(COMPONENTS[name])
    declared = {
        n.target.id
        for n in node.body
        if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
    }
    (call,) = (
        n
        for n in ast.walk(node)
        if isinstance(n, ast.Call)
        and isinstance(n.func, ast.Attribute)
        and n.func.attr == "register_outputs"
    )
    (given,) = call.args
    assert isinstance(given, ast.Dict)
    registered = {k.value for k in given.keys if isinstance(k, ast.Constant)}
    assert registered == declared


@pytest.mark.parametrize("name", sorted(set(COMPONENTS) - SERVES_NO_MODEL))
def test_serving_components_satisfy_the_protocol(name: str) -> None:
    """Whatever serves a model has url, endpoint_name, invoke_policy, latency_metric and status."""
    theirs, core = _hints(COMPONENTS[name]), _hints(Serving)
    assert {key: theirs.get(key) for key in SERVING_CORE} == core
    status = record(COMPONENTS[name], "thing", least(name)).outputs["status"]
    of_a_model = {"version", "candidate_version", "canary_percent", "model_uri"}
    assert set(status) == STATUS.get(name, _EVERYTHING | _REPLICAS | of_a_model)


@each
def test_names_and_tokens(name: str) -> None:
    """The token is `model-serving:index:<Class>`; every child is named `<name>-<role>`."""
    recorded = record(COMPONENTS[name], "thing", least(name))
    assert recorded.types["thing"] == f"model-serving:index:{name}"
    children = recorded.types.keys() - {"thing"}
    assert children
    assert [child for child in children if not child.startswith("thing-")] == []
    # A role, not a position: a list that is reordered renames nothing.
    assert [child for child in children if re.search(r"-\d+$", child)] == []


@pytest.mark.parametrize(
    ("name", "key"),
    [(name, key) for name in sorted(COMPONENTS) for key in NAMES if key in _hints(_args(name))],
)
def test_what_no_stack_and_no_namespace_is_called_is_refused(name: str, key: str) -> None:
    """`environment` and `namespace` are read by `read_environment` and `check_namespace`."""
    for wrong in NO_NAMES:
        with pytest.raises(pulumi.RunError) as raised:
            record(COMPONENTS[name], "thing", {**least(name), key: wrong})
        assert f"\n  {key}: got {wrong!r}; use " in str(raised.value)


@each
def test_every_child_has_a_parent(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that a component makes is its child: it is deleted, targeted and aliased as one."""
    parents: dict[str, object] = {}
    original = pulumi.Resource.__init__

    def watch(self: pulumi.Resource, *args: Any, **more: Any) -> None:  # noqa: ANN401
        original(self, *args, **more)
        opts = next((each for each in args if isinstance(each, pulumi.ResourceOptions)), None)
        parents[args[1]] = opts.parent if opts else None

    monkeypatch.setattr(pulumi.Resource, "__init__", watch)
    children = record(COMPONENTS[name], "thing", least(name)).types.keys() - {"thing"}
    assert children
    orphans = {child for child in children if not isinstance(parents[child], COMPONENTS[name])}
    assert orphans == set()


def test_files_stay_small() -> None:
    """More than 400 lines is more than one concept."""
    lengths = {path.name: len(path.read_text().splitlines()) for path in FILES}
    assert {name: length for name, length in lengths.items() if length > 400} == {}
