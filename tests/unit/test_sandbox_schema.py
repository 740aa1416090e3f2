"""Declarations, read from the installed SDKs' own source."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.schema import Library, Type, UnknownTokenError
from sandbox.schema.build import FUNCTIONS, TOKENS
from sandbox.schema.model import Function, Nested, Resource

ROOT = Path(__file__).resolve().parents[2]
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MODEL_SERVING_CACHE", str(tmp_path / "cache"))


def test_inputs_have_wire_and_python_names_and_say_which_are_required() -> None:
    endpoint = Library("aws").resource(ENDPOINT)
    config = endpoint.inputs["endpointConfigName"]
    assert (config.python, config.required, config.type) == (
        "endpoint_config_name",
        True,
        Type("string"),
    )
    assert not endpoint.inputs["name"].required
    assert set(endpoint.outputs) - set(endpoint.inputs) == {"arn", "tagsAll"}
    assert endpoint.inputs["tags"].type == Type("map", (Type("string"),))


def test_nested_types_arrays_assets_unions_and_enums() -> None:
    library = Library("aws")
    config = library.resource("aws:sagemaker/endpointConfiguration:EndpointConfiguration")
    variants = config.inputs["productionVariants"].type
    assert variants.kind == "array"
    variant = library.nested(variants.of[0].ref)
    assert variant is not None
    assert variant.properties is not None
    assert variant.properties["initialInstanceCount"].type == Type("integer")
    assert variant.properties["initialVariantWeight"].type == Type("number")
    function = library.resource("aws:lambda/function:Function")
    assert function.inputs["code"].type == Type("archive")
    assert function.inputs["publish"].type == Type("boolean")
    runtime = function.inputs["runtime"].type
    assert runtime.kind == "union"
    ref = next(part.ref for part in runtime.of if part.kind == "ref")
    enum = library.nested(ref)
    assert enum is not None
    assert "python3.12" in enum.values


def test_references_into_other_modules_of_kubernetes() -> None:
    library = Library("kubernetes")
    deployment = library.resource("kubernetes:apps/v1:Deployment")
    spec = library.nested(deployment.inputs["spec"].type.ref)
    assert spec is not None
    assert spec.properties is not None
    assert spec.properties["selector"].required
    template = library.nested(spec.properties["template"].type.ref)
    assert template is not None
    assert template.properties is not None
    pod = template.properties["spec"].type
    assert pod.ref == "core/v1:PodSpecArgs"
    found = library.nested(pod.ref)
    assert found is not None
    assert found.properties is not None
    assert found.properties["containers"].required
    meta = deployment.inputs["metadata"].type
    assert meta.ref == "meta/v1:ObjectMetaArgs"


def test_secrets_aliases_and_replacements() -> None:
    aws = Library("aws")
    assert "plaintext" in aws.resource("aws:kms/ciphertext:Ciphertext").secrets
    assert "effectiveLabels" in Library("gcp").resource("gcp:storage/bucket:Bucket").secrets
    azure = Library("azure-native").resource("azure-native:machinelearningservices:OnlineEndpoint")
    assert "azure-native:machinelearningservices/v20241001:OnlineEndpoint" in azure.aliases
    alarm = aws.resource("aws:lambda/alias:Alias")
    assert alarm.inputs["functionName"].required


def test_functions() -> None:
    function = Library("aws").function("aws:ec2/getSubnets:getSubnets")
    assert set(function.arguments) == {"filters", "region", "tags"}
    assert function.results["ids"].type == Type("array", (Type("string"),))
    image = Library("aws").function("aws:sagemaker/getPrebuiltEcrImage:getPrebuiltEcrImage")
    assert image.arguments["repositoryName"].required
    assert not image.arguments["imageTag"].required
    identity = Library("aws").function("aws:index/getCallerIdentity:getCallerIdentity")
    assert not identity.arguments["id"].required
    client = Library("azure-native").function("azure-native:authorization:getClientConfig")
    assert "subscriptionId" in client.results


def test_required_arguments_of_older_sdks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "site" / "pulumi_aws"
    folder.mkdir(parents=True)
    (folder / "pulumi-plugin.json").write_text('{"name": "aws", "version": "7.20.0"}')
    (folder / "get_thing.py").write_text(
        """
def get_thing(name: Optional[_builtins.str] = None, tag: Optional[_builtins.str] = None):
    __args__ = dict()
    __args__['name'] = name
    __args__['tag'] = tag
    pulumi.runtime.invoke('aws:index/getThing:getThing', __args__, opts=opts)


def get_thing_output(name: Optional[pulumi.Input[_builtins.str]] = None,
                     tag: Optional[pulumi.Input[Optional[_builtins.str]]] = None):
    pass
"""
    )
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_SDK_SITE", str(tmp_path / "site"))
    monkeypatch.setenv("MODEL_SERVING_CACHE", str(tmp_path / "cache"))
    arguments = Library("aws").function("aws:index/getThing:getThing").arguments
    assert {name: a.required for name, a in arguments.items()} == {"name": True, "tag": False}


def test_unknown_tokens() -> None:
    with pytest.raises(UnknownTokenError):
        Library("aws").resource("aws:sagemaker/endpoint:Endpoints")
    with pytest.raises(UnknownTokenError):
        Library("aws").function("aws:ec2/getNothing:getNothing")


def test_what_is_cached_is_what_was_read() -> None:
    first = Library("aws")
    read = first.resource(ENDPOINT), first.function("aws:index/getRegion:getRegion")
    nested = first.nested("sagemaker:EndpointDeploymentConfigArgs")
    again = Library("aws")
    again.source.resource = again.source.nested = again.source.function = _not_again  # type: ignore[method-assign, assignment]
    assert again.resource(ENDPOINT) == read[0]
    assert again.function("aws:index/getRegion:getRegion") == read[1]
    assert again.nested("sagemaker:EndpointDeploymentConfigArgs") == nested


def _not_again(*_: object) -> None:
    raise AssertionError


def test_json_of_every_shape_comes_back() -> None:
    library = Library("aws")
    resource = library.resource("aws:lambda/function:Function")
    assert Resource.from_json(resource.token, resource.to_json()) == resource
    function = library.function("aws:iam/getPolicyDocument:getPolicyDocument")
    assert Function.from_json(function.token, function.to_json()) == function
    for ref in ("lambda_:FunctionVpcConfigArgs", "lambda_:Runtime"):
        nested = library.nested(ref)
        assert nested is not None
        assert Nested.from_json(ref, nested.to_json()) == nested


def test_a_damaged_cache_is_made_anew() -> None:
    library = Library("aws")
    library.resource(ENDPOINT)
    path = library._cache.path  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    path.write_bytes(b"\x00garbage" * 4096)
    assert Library("aws").resource(ENDPOINT).inputs
    assert path.read_bytes().startswith(b"SQLite format 3")


def test_a_cache_that_cannot_be_written_only_costs_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MODEL_SERVING_CACHE", str(tmp_path / "file"))
    assert Library("aws").resource(ENDPOINT).inputs


def test_the_sdks_are_read_and_not_imported() -> None:
    code = (
        "import sys; from sandbox.schema import Library;"
        f" Library('aws').load('{ENDPOINT}');"
        " print([m for m in sys.modules if m.startswith('pulumi')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_table_entry_exists() -> None:
    for provider, tokens in TOKENS.items():
        library = Library(provider)
        assert all(library.load(token) for token in tokens)
        assert all(library.function(token) for token in FUNCTIONS.get(provider, ()))


def test_set_up_reads_every_type_that_components_make() -> None:
    made: set[tuple[str, str, str]] = set()
    for folder in ("components", "stacks"):
        for path in (ROOT / folder).rglob("*.py"):
            made |= set(re.findall(r"\b(aws)\.(\w+)\.([A-Z]\w+)\(", path.read_text()))
    made = {each for each in made if not each[2].endswith("Args")}
    known = set(TOKENS["aws"])
    missing = {
        f"{provider}.{module}.{name}"
        for provider, module, name in made
        if f"{provider}:{module.rstrip('_')}/{name[0].lower()}{name[1:]}:{name}" not in known
    }
    assert made
    assert not missing
