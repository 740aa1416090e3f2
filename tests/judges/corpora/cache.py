"""Keeps a corpus that takes long to read in the project's cache."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from sandbox.schema.cache import cache_folder
from tests.judges.corpora.model import Corpus, Example, Resource

__all__ = ["cached"]


def cached(name: str, sources: list[Path], make: Callable[[], Corpus]) -> Corpus:
    """The corpus as it was made from these files, which read it and tell its versions.

    Its values must be JSON, none of them unknown.
    """
    total = hashlib.sha256()
    for source in sources:
        total.update(source.read_bytes())
    path = cache_folder() / "judges" / f"{name}-{total.hexdigest()[:12]}.json"
    if not path.exists():
        corpus = make()
        if not corpus.examples:
            return corpus  # What it is read from could not be had; next time, perhaps.
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(dataclasses.asdict(corpus), default=str), encoding="utf-8")
        partial.replace(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    examples = tuple(
        Example(each["name"], tuple(Resource(**resource) for resource in each["resources"]))
        for each in document["examples"]
    )
    return Corpus(document["source"], examples, document["left_out"])
