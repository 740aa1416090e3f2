"""Where models and images may come from, as the environment says it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from facts.aws_image_accounts import AWS_IMAGE_ACCOUNTS
from facts.sagemaker_hosting import ecr_region
from stacks.settings.capabilities.refusing import refuse
from stacks.settings.environment import Environment
from stacks.settings.models import AnySettings
from stacks.settings.places import images, uris
from stacks.settings.problems import Problem, shown
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import dotted

__all__ = ["provenance"]

_ECR: Final = re.compile(r"(\d{12})\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/")
_ECR_PAGE: Final = (
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html"
)
# A path in the server's image, which is judged itself.
_IN_THE_IMAGE: Final = "image:"


@dataclass(frozen=True, slots=True)
class _Asked:
    settings: AnySettings
    where: PlaceOf
    site: Environment


def provenance(settings: AnySettings, where: PlaceOf, site: Environment | None) -> list[Problem]:
    """Problems of one model; none where the environment itself is wrong."""
    return apply(_RULES, _Asked(settings, where, site)) if site is not None else []


def _artifacts(asked: _Asked) -> Iterator[Problem]:
    prefixes = asked.site.artifact_prefixes
    if not prefixes:
        return
    for path, uri in uris(asked.settings):
        if not uri.startswith((_IN_THE_IMAGE, *prefixes)):
            yield Problem(
                asked.where(path),
                "MS0251",
                dotted(path),
                f"got {shown(uri)}, which is none of the places that models may come from",
                allowed=f"model-serving:artifact_prefixes: {', '.join(prefixes)}",
                fix="copy the artifact there, and name the copy; or have the place added",
            )


def _image_accounts(asked: _Asked) -> Iterator[Problem]:
    """AWS's own services pull by the account's roles; a cluster's nodes may have other rights."""
    aws = asked.site.targets.aws
    if aws is None or "aws" not in getattr(asked.settings, "needs", ()):
        return
    allowed = {aws.account_id, *aws.image_accounts, *AWS_IMAGE_ACCOUNTS}
    for path, image in images(asked.settings):
        found = _ECR.match(image)
        if found is not None and found[1] not in allowed:
            yield Problem(
                asked.where(path),
                "MS0252",
                dotted(path),
                f"got an image of account {found[1]}, whose repository has to let account "
                f"{aws.account_id} pull, and nobody says that it does",
                allowed=f"images of account {', '.join([aws.account_id, *aws.image_accounts])}, "
                "or AWS's own",
                fix="copy the image; or add the account to `image_accounts` under "
                "`model-serving:targets.aws`, once its repository's policy allows it",
                source=_ECR_PAGE,
            )


def _image_regions(asked: _Asked) -> Iterator[Problem]:
    """SageMaker pulls from the region that it is in, whatever kind of inference it is."""
    aws, target = asked.site.targets.aws, str(getattr(asked.settings, "target", ""))
    for path, image in images(asked.settings) if target.startswith("sagemaker") else ():
        if aws is not None and ecr_region(image) not in {"", aws.region}:
            yield refuse("sagemaker/image-region", path, image, asked, f"one in {aws.region}")


_RULES: Final[tuple[Callable[[_Asked], Iterator[Problem]], ...]] = (
    _artifacts,
    _image_accounts,
    _image_regions,
)
