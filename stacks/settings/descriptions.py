"""What each setting is, as the text below it in its class says: for the schemas that editors read.

Pydantic can note these texts as it makes each class, and takes longer for that than all else that a
check of settings does (`use_attribute_docstrings`). They are read where a schema is written.
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any, cast

from pydantic import BaseModel

from stacks.settings.fields import Closed
from stacks.settings.models import MODEL_CLASSES
from stacks.settings.partial import PARTIAL

__all__ = ["described"]


def described(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON Schema of settings, each with its description."""
    for part in (schema, *schema.get("$defs", {}).values()):
        texts = _texts(str(part.get("title", "")))
        properties = cast("dict[str, dict[str, Any]]", part.get("properties", {}))
        for name, said in properties.items():
            if texts.get(name):
                # In the order in which Pydantic writes what it knows itself.
                properties[name] = dict(sorted({**said, "description": texts[name]}.items()))
    return schema


def _texts(title: str) -> Mapping[str, str]:
    """By the name of a class; of one that was made of others, as `partial.py` makes them."""
    if found := _classes().get(title.removeprefix(PARTIAL)):
        return _of_class(found)
    # Of what several targets have, the last one says what it is, as it does in `any_target`.
    return {name: text for each in MODEL_CLASSES.values() for name, text in _of_class(each).items()}


@cache
def _classes() -> Mapping[str, type[BaseModel]]:
    """Those that are written; made ones are in no module."""
    return {
        each.__name__: each
        for each in _below(Closed)
        if getattr(sys.modules[each.__module__], each.__name__, None) is each
    }


def _below(made: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in made.__subclasses__():
        yield each
        yield from _below(each)


def _of_class(made: type[BaseModel]) -> Mapping[str, str]:
    """With what it inherits."""
    return {
        name: text
        for base in reversed(made.__mro__)
        if issubclass(base, Closed)
        for name, text in _of_source(base.__module__).get(base.__name__, {}).items()
    }


@cache
def _of_source(module: str) -> Mapping[str, Mapping[str, str]]:
    """By class: the text below each annotation."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {
        each.name: dict(_in_class(each)) for each in tree.body if isinstance(each, ast.ClassDef)
    }


def _in_class(made: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Empty where nothing is said: what a class says anew has nothing of the one above it."""
    for setting, below in pairwise([*made.body, ast.Pass()]):
        if isinstance(setting, ast.AnnAssign) and isinstance(setting.target, ast.Name):
            said = below.value if isinstance(below, ast.Expr) else None
            text = said.value if isinstance(said, ast.Constant) else None
            yield setting.target.id, inspect.cleandoc(text) if isinstance(text, str) else ""
