"""Accounts of AWS's own container registries: where SageMaker's prebuilt images are.

`registries.json` has them for every repository and region that the provider's data source
`aws_sagemaker_prebuilt_ecr_image` knows; `registries_extract.py` makes it. They are AWS's own:
https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html
"""

import functools
import json
from pathlib import Path
from typing import Any

from sandbox.check import nearest
from sandbox.clouds.base import RefusedError

__all__ = ["regions", "registry"]


def registry(repository: str, region: str) -> str:
    """The account whose registry has the repository in the region.

    Raises:
        RefusedError: There is no such repository, or AWS does not have it there.
    """
    table = _document()["tables"].get(repository)
    if table is None:
        known = list(_document()["tables"])
        meant = nearest(repository, known)
        hint = f'; did you mean "{meant}"?' if meant else ""
        raise RefusedError(
            f'repositoryName: got "{repository}"; use one of {", ".join(known)}{hint}'
        )
    account = _document()["accounts"][table].get(region)
    if account is None:
        raise RefusedError(
            f"no registry ID available for region ({region}) and repository ({repository})"
        )
    return str(account)


def regions() -> list[str]:
    """The commercial regions, as most of the registries are in each of them."""
    every = {name for table in _document()["accounts"].values() for name in table}
    return sorted(name for name in every if not name.startswith(("cn-", "us-gov-", "us-iso")))


@functools.cache
def _document() -> dict[str, Any]:
    path = Path(__file__).with_name("registries.json")
    return json.loads(path.read_text(encoding="utf-8"))
