"""Tagged objects of one Azure subscription, by Azure Resource Graph.

Source: https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language, with
the types of its table `resources`,
https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources;
versions of models, data and environments are not among them. ARM's own list of what has a tag does
not tell the tags: https://learn.microsoft.com/rest/api/resources/resources/list.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.orphaned.tagged import Tagged
from facts import tags

__all__ = ["known", "spelt", "tagged"]

_API: Final = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
_PAGE: Final = 1000
_LOGIN: Final = "log in (`az login`); it needs the role Reader on the subscription"
# What has such tags was made by AKS, which hands the tags of a cluster on to what it makes.
_MADE_BY_OTHERS: Final = ("aks-managed-",)


def tagged(subscription: str, environment: str) -> list[Tagged]:
    """What has the environment's tag.

    Raises:
        Failure: Azure cannot be asked.
    """
    from provider.azure import pipeline  # noqa: PLC0415 - azure-core takes its time
    from provider.azure.clients import manager  # noqa: PLC0415
    from provider.errors import ProviderError  # noqa: PLC0415

    (key,) = tags.aws({tags.ENVIRONMENT: environment})
    asked: dict[str, Any] = {
        "subscriptions": [subscription],
        "query": f"resources | where tags[{json.dumps(key)}] == {json.dumps(environment)} "
        "| project id, type, name, tags",
        "options": {"$top": _PAGE, "resultFormat": "objectArray"},
    }
    found: list[Tagged] = []
    try:
        url, client = manager()
        while True:
            answer = pipeline.send(client, "POST", f"{url}{_API}", json=asked)
            page = _page(answer)
            found += [_tagged(each) for each in page.get("data", ())]
            if not page.get("$skipToken"):
                break
            asked["options"]["$skipToken"] = page["$skipToken"]
    except (ProviderError, ValueError) as error:
        raise Failure(
            f"Azure cannot be asked: {error}\n  fix: {_LOGIN}", Exit.AUTHENTICATION
        ) from None
    return [each for each in found if not _is_others(each)]


def _page(answer: Any) -> dict[str, Any]:  # noqa: ANN401 - a response of azure-core
    from provider.errors import ProviderError  # noqa: PLC0415

    try:
        document = answer.json()
    except ValueError:
        document = None
    page = cast("dict[str, Any]", document) if isinstance(document, dict) else None
    if answer.status_code >= 300:  # noqa: PLR2004 - HTTP
        code, said = _refusal((page or {}).get("error"))
        said = " ".join((said or str(answer.reason or "")).split())
        raise ProviderError(f"{code or answer.status_code}: {said or 'no more is said'}")
    if page is None:
        # Taken for an empty page, it would say that there is nothing.
        raise ProviderError("it answers with no JSON object")
    return page


def _refusal(error: object) -> tuple[str, str]:
    """Code and words: an object from Azure, one word from a proxy or a login."""
    if isinstance(error, Mapping):
        told = cast("Mapping[str, Any]", error)
        return str(told.get("code") or ""), str(told.get("message") or "")
    return str(error or ""), ""


def known(resources: Iterable[Mapping[str, Any]]) -> set[str]:
    """The ids of what is in the state, as `spelt`."""
    ids = (str(each.get("id") or "") for each in resources)
    return {spelt(each) for each in ids if each.startswith("/subscriptions/")}


def spelt(id_: str) -> str:
    """In lower case: ARM compares ids so."""
    return id_.lower()


def _tagged(row: Mapping[str, Any]) -> Tagged:
    told = cast("dict[str, str]", row.get("tags") or {})
    return Tagged(str(row["id"]), str(row.get("type", "")), str(row.get("name", "")), told)


def _is_others(each: Tagged) -> bool:
    return any(key.lower().startswith(_MADE_BY_OTHERS) for key in each.tags)
