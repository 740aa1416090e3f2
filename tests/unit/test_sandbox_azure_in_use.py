"""What Azure keeps while others use it: nobody deletes it, in a program or beside one."""

from contextlib import closing
from pathlib import Path

import pytest

from sandbox.console.drift import kept
from sandbox.rows import Row
from sandbox.store import Store

_ACCOUNT = "00000000-0000-0000-0000-000000000001"
_GROUP = f"/subscriptions/{_ACCOUNT}/resourceGroups/models/providers"
_SETS = f"{_GROUP}/Microsoft.Compute/diskEncryptionSets"
_NETWORKS = f"{_GROUP}/Microsoft.Network/virtualNetworks"
_SUBNETS = f"{_NETWORKS}/net/subnets"


def _row(token: str, resource_id: str, *named: str) -> Row:
    inputs = {"properties": [{"id": each} for each in named]}
    name = resource_id.rpartition("/")[2]
    return Row(
        "azure-native", f"azure-native:{token}", resource_id, _ACCOUNT, name=name, inputs=inputs
    )


@pytest.mark.parametrize(
    ("token", "resource_id", "named", "is_kept"),
    [
        ("compute:DiskEncryptionSet", f"{_SETS}/gpus", f"{_SETS}/gpus", True),
        # The name of another begins as its own.
        ("compute:DiskEncryptionSet", f"{_SETS}/gpus", f"{_SETS}/gpus-disks", False),
        ("network:Subnet", f"{_SUBNETS}/nodes", f"{_SUBNETS}/nodes", True),
        ("network:Subnet", f"{_SUBNETS}/nodes", f"{_SUBNETS}/nodes-more", False),
        ("network:VirtualNetwork", f"{_NETWORKS}/net", f"{_SUBNETS}/nodes", True),
        ("network:VirtualNetwork", f"{_NETWORKS}/ne", f"{_SUBNETS}/nodes", False),
        # It names the network, and has nothing in it.
        ("network:VirtualNetwork", f"{_NETWORKS}/net", f"{_NETWORKS}/net", False),
        ("managedidentity:UserAssignedIdentity", f"{_GROUP}/x", f"{_GROUP}/x", False),
    ],
)
def test_what_others_use_is_kept(
    tmp_path: Path, token: str, resource_id: str, named: str, *, is_kept: bool
) -> None:
    with closing(Store(tmp_path / "store.sqlite")) as store:
        row = store.insert(_row(token, resource_id))
        cluster = f"{_GROUP}/Microsoft.ContainerService/managedClusters/gpus"
        store.insert(_row("containerservice:ManagedCluster", cluster, named))
        found = kept(store, row)
    assert bool(found) == is_kept
    assert all("gpus" in each.reason for each in found)
