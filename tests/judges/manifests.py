"""Whole files of manifests as Pulumi programs: every object of a file in one group, in order."""

import json
import re
from collections.abc import Mapping

from tests.judges.corpora.model import Corpus, Example
from tests.judges.exceptions import exemptions

__all__ = ["programs"]

_PROGRAM = """
import json
import pulumi_kubernetes

objects = json.loads({objects!r})
pulumi_kubernetes.yaml.v2.ConfigGroup("it", objs=objects, skip_await=True)
"""
_FILE = re.compile(r"\.ya?ml$")


def programs(corpus: Corpus) -> tuple[list[Example], Mapping[str, str]]:
    """Files as examples, with a program for each.

    A file of which an object was left out, or is listed as refused, is not whole. Nothing is waited
    for: what a file's pods take for granted is not there.
    """
    names = {*corpus.left_out, *(each.example for each in exemptions("kubernetes"))}
    broken = {name.rpartition("#")[0] for name in names}
    files: dict[str, list[Example]] = {}
    for example in corpus.examples:
        files.setdefault(example.name.rpartition("#")[0], []).append(example)
    whole = [
        Example(name, tuple(resource for part in parts for resource in part.resources))
        for name, parts in files.items()
        if name not in broken and _FILE.search(name)
    ]
    return whole, {
        example.name: _PROGRAM.format(
            objects=json.dumps([resource.inputs for resource in example.resources])
        )
        for example in whole
    }
