"""A stack as the state and the clouds have it: its objects by type, and what depends on which."""

import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sandbox.store import Row
from tests.judges.crashes.estate import Estate

__all__ = ["SEED", "STAYS", "Deployed", "Known", "batches", "counts"]

SEED: Final = 1
# What nobody can delete at the vendor: https://cloud.google.com/kms/docs/resource-hierarchy
STAYS: Final = frozenset({"gcp:kms/cryptoKey:CryptoKey", "gcp:kms/keyRing:KeyRing"})
# What a vendor notes of what was done, and no object of anybody.
_NOTES: Final = frozenset(
    {
        "aws:codedeploy/deployment:Deployment",
        "gcp:sandbox:Retired",
        "gcp:vertex/operation:Operation",
    }
)
# What this project's provider makes by the vendors' own calls, and what the sandbox calls it.
_OURS: Final = {
    "serving:index:AzureFunctionsPackage": "azure-native:storage:Blob",
    "serving:index:VertexBatchPredictionJob": "gcp:vertex/batchPredictionJob:BatchPredictionJob",
    "serving:index:VertexModel": "gcp:vertex/model:Model",
    "serving:index:VertexMonitoringJob": (
        "gcp:vertex/modelDeploymentMonitoringJob:ModelDeploymentMonitoringJob"
    ),
}


@dataclass(frozen=True, slots=True)
class Known:
    """A resource of the state; `row` is its object in a cloud, if it has one of its own."""

    urn: str
    token: str
    id: str
    row: Row | None
    needs: frozenset[str]

    @property
    def name(self) -> str:
        """What the program calls it."""
        return self.urn.rpartition("::")[2]


class Deployed:
    """All custom resources, by URN."""

    def __init__(self, resources: Iterable[Mapping[str, Any]], rows: Iterable[Row]) -> None:
        self._rows: dict[tuple[str, str], list[Row]] = {}
        for row in rows:
            self._rows.setdefault((row.token, row.id), []).append(row)
        self.known: dict[str, Known] = {}
        for each in resources:
            if not each.get("custom") or str(each["type"]).startswith("pulumi:"):
                continue
            needs = {*(each.get("dependencies") or ()), each.get("deletedWith") or ""} - {""}
            self.known[str(each["urn"])] = Known(
                str(each["urn"]),
                str(each["type"]),
                str(each["id"]),
                self._row(each),
                frozenset(map(str, needs)),
            )

    @classmethod
    def of(cls, estate: Estate) -> "Deployed":
        """As it is now."""
        return cls(estate.state().get("resources") or [], estate.rows())

    def _row(self, resource: Mapping[str, Any]) -> Row | None:
        """The one with its id; of several, as of Kubernetes' clusters, the one of its inputs."""
        found = self._rows.get((str(resource["type"]), str(resource["id"])), [])
        inputs: Mapping[str, Any] = resource.get("inputs") or {}
        alike = [row for row in found if all(inputs.get(k) == v for k, v in row.inputs.items())]
        return next(iter(alike or found), None)

    def types(self, *, with_row: bool) -> list[str]:
        """Of what there is, in order."""
        return sorted({each.token for each in self.known.values() if each.row or not with_row})

    def one_of(self, token: str, purpose: str) -> Known:
        """One of a type by chance, the same for a purpose each time."""
        found = sorted(
            (each for each in self.known.values() if each.token == token and each.row),
            key=lambda each: each.urn,
        )
        chance = random.Random(f"{SEED} {purpose} {token}")  # noqa: S311 - no secret
        return chance.choice(found)

    def below(self, urns: Collection[str]) -> set[str]:
        """All that depends on these, with what depends on it."""
        found = set(urns)
        while more := {
            each.urn for each in self.known.values() if each.urn not in found and each.needs & found
        }:
            found |= more
        return found - set(urns)

    def gone(self, now: Iterable[Row]) -> set[str]:
        """URNs of what had an object, and has none among these."""
        left = {(row.provider, row.account, row.region, row.token, row.id) for row in now}
        return {
            each.urn
            for each in self.known.values()
            if (row := each.row)
            and (row.provider, row.account, row.region, row.token, row.id) not in left
        }

    def urn_of(self, token: str, resource_id: str) -> str:
        """Whose object it is; empty if nobody's."""
        return next(
            (
                each.urn
                for each in self.known.values()
                if token in (each.token, _OURS.get(each.token)) and each.id == resource_id
            ),
            "",
        )


def counts(rows: Iterable[Row]) -> Counter[tuple[str, str]]:
    """Objects in the clouds, by type and account."""
    return Counter((row.token, row.account) for row in rows if row.token not in _NOTES)


def batches(deployed: Deployed, chosen: Sequence[Known], most: int) -> list[list[Known]]:
    """So that nothing in a batch depends on another of it, nor anything on two of it."""
    found: list[tuple[set[str], list[Known]]] = []
    for each in chosen:
        mine = {each.urn} | deployed.below({each.urn})
        for taken, batch in found:
            if len(batch) < most and not taken & mine:
                taken.update(mine)
                batch.append(each)
                break
        else:
            found.append((mine, [each]))
    return [batch for _, batch in found]
