"""How AWS's models are read: calls and members by name, pages, patterns."""

import re

import pytest

from sandbox.limits.aws.members import Names, nouns
from sandbox.limits.aws.operations import calls
from sandbox.limits.aws.patterns import translated
from sandbox.limits.aws.services import service

CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
FUNCTION = "aws:lambda/function:Function"
MODEL = "aws:sagemaker/model:Model"


# ---- names and calls ----


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (MODEL, ["sagemaker.CreateModel"]),
        ("aws:ecr/repository:Repository", ["ecr.CreateRepository"]),
        ("aws:cloudwatch/eventRule:EventRule", ["events.PutRule"]),
        (FUNCTION, ["lambda.CreateFunction", "lambda.PutFunctionConcurrency"]),
        # A call of another name that is not in the table, and two that could be meant.
        ("aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation", []),
        ("aws:iot/thing:Thing", []),
    ],
)
def test_types_are_made_by_calls(token: str, expected: list[str]) -> None:
    assert list(calls(token)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("endpointName", "EndpointName"),
        ("name", "EndpointName"),
        ("policies", "Policy"),
        ("subnetId", "SubnetIds"),
        ("addresses", "Address"),
        ("kmsKeyId", "KMSKeyId"),
        # Two singulars are of neither; parts of a name and other words are none.
        ("tags", "Tags"),
        ("key", None),
        ("keyId", None),
        ("status", "Status"),
        ("statu", None),
    ],
)
def test_members_are_found_by_name_alone(name: str, expected: str | None) -> None:
    members = ("EndpointName", "Policy", "SubnetIds", "Address", "KMSKeyId", "Tags", "Status")
    assert Names((*members, "Item", "Items")).find(name, ("endpoint",)) == expected
    assert Names(("Items", "Item")).find("item") == "Item"
    assert Names(("Entries", "Entry")).find("entrys") is None


def test_a_type_is_called_as_its_calls_are() -> None:
    assert nouns(CONFIGURATION, calls(CONFIGURATION)) == ("endpointconfiguration", "endpointconfig")


@pytest.mark.parametrize(
    ("name", "part", "page"),
    [
        ("sagemaker", "ProductionVariant", "sagemaker/latest/APIReference/API_ProductionVariant.h"),
        ("lambda", "CreateFunction", "lambda/latest/api/API_CreateFunction.html"),
        ("apigatewayv2", "CreateRoute", "apigatewayv2/latest/api-reference/apis-apiid-routes.html"),
        ("kinesis", "CreateStream", "goto/WebAPI/kinesis-2013-12-02/CreateStream"),
    ],
)
def test_pages_of_the_vendor(name: str, part: str, page: str) -> None:
    assert service(name).page(part).startswith(f"https://docs.aws.amazon.com/{page}")


# ---- patterns ----


@pytest.mark.parametrize(
    ("published", "matching", "other"),
    [
        (r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", ["a", "a--b"], ["-a", "a-", "a_b", "a\n"]),
        # The whole value, anchored or not.
        (r"^[a-z]+", ["abc"], ["abc1"]),
        (r"\w+", ["a_1"], ["ä", "a b"]),
        (r"[\d\s]+", ["1 2"], ["٣", "\u00a0"]),
        (r"[^\s]+", ["ä"], ["\t"]),
        (r"[\S]+", ["ä/"], ["a b"]),
        (r"[\s\S]*", ["a\nb", ""], []),
        (r".*", ["a\nb"], []),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", ["Größe 1_b", "日本"], ["a;b", "a\tb"]),
        (r"\p{Alpha}\p{Digit}", ["a1"], ["ä1"]),
        (r"[\u0020-\u007E\u00A1-\u00FF]*", ["é ~"], ["\u00a0", "\u0100"]),
        (
            r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*",
            ["a\n😀"],
            ["\x00", "\uffff"],
        ),
        (r"[\P{N}]+", ["aé"], ["1", "½"]),
        (r"(?<kind>a|b)\z", ["a"], ["c"]),
        (r"[a-z-\d]+", ["a-1"], ["A"]),
    ],
)
def test_patterns_mean_the_same_in_python(
    published: str, matching: list[str], other: list[str]
) -> None:
    pattern = translated(published)
    assert pattern is not None
    assert all(re.fullmatch(pattern, text) for text in matching)
    assert not any(re.fullmatch(pattern, text) for text in other)


@pytest.mark.parametrize(
    "published",
    [
        r"[\p{Print}&&[^|:/]]+",
        r"[\w- ]*",
        r"[\uD800\uDBFF-\uDC00\uDFFF]",
        r"\p{IsGreekExtended}+",
        r"/^[a-z]+$/",
        r"\\+[1-9]\\d{1,14}$",
        r"([a-z]*)${1,128}",
        r"a(?i)b",
        r"[a",
        # All assigned characters: longer than it is worth.
        r"[\P{C}]+",
    ],
)
def test_patterns_of_doubtful_meaning_are_left_out(published: str) -> None:
    assert translated(published) is None
