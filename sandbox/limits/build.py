"""Reads vendors' models and providers' validators into the cache at set-up.

`python -m sandbox.limits.build [provider…]`; of all providers if none is named.

A plugin then starts without botocore, cfn-lint or discovery documents.
"""

import importlib
import os
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from typing import cast

from sandbox.limits.library import write
from sandbox.limits.model import TypeLimits
from sandbox.limits.validators import grown, validators
from sandbox.schema import Library

__all__ = ["READERS", "main"]

# The module that reads the vendor's models, with a function `read(Library) -> {token: TypeLimits}`.
READERS: dict[str, str] = {
    "aws": "sandbox.limits.aws",
    "azure-native": "sandbox.limits.azure",
    "gcp": "sandbox.limits.gcp",
}


def main(providers: list[str]) -> int:
    """Read the models of the providers, of all if none is named; answers the exit code."""
    # Beside each other: of AWS alone it takes half of all the time.
    with ProcessPoolExecutor(min(len(READERS), os.cpu_count() or 1)) as pool:
        for told in pool.map(_read, providers or list(READERS)):
            print(told)
    return 0


def _read(provider: str) -> str:
    """Read those of one provider into the cache; what is to be told of it."""
    started = time.monotonic()
    try:
        library = Library(provider)
    except FileNotFoundError:
        return f"{provider}: its Python SDK is not installed, skipped"
    read = cast(
        "Callable[[Library], Mapping[str, TypeLimits]]",
        importlib.import_module(READERS[provider]).read,
    )
    vendor = read(library)
    sources = {"vendor": vendor, "provider": grown(validators(library), vendor)}
    write(provider, library.version, sources)
    told = " and ".join(
        f"{sum(len(limit.paths) for limit in limits.values())} of {len(limits)} types by"
        f" {'its validators' if source == 'provider' else 'the vendor'}"
        for source, limits in sources.items()
        if limits
    )
    return f"{provider}: limits, {told}, read in {time.monotonic() - started:.1f} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
