"""A model on Google Cloud through the real engine: made, refused, protected, destroyed."""

import pytest

from sandbox.store import Store

from .conftest import Sandbox

pytestmark = pytest.mark.engine

PROGRAM = """
import json
import pulumi, pulumi_gcp as gcp

config = pulumi.Config()
place = "europe-west1"
provider = gcp.Provider("gcp", project="example-models", region=place,
    default_labels={"team": "risk"})
on = pulumi.ResourceOptions(provider=provider)
asked = pulumi.InvokeOptions(provider=provider)
project = gcp.organizations.get_project(opts=asked)
versions = gcp.container.get_engine_versions(location=place, opts=asked)

runner = gcp.serviceaccount.Account("runner", opts=on)
ring = gcp.kms.KeyRing("ring", location=place, opts=on)
key = gcp.kms.CryptoKey("key", key_ring=ring.id, rotation_period="7776000s", opts=on)
models = gcp.storage.Bucket("models", location="EU", uniform_bucket_level_access=True,
    force_destroy=True, opts=on)
gcp.storage.BucketObject("model", bucket=models.name, name="fraud/1/model.bin", content="x",
    opts=on)
gcp.storage.BucketIAMMember("reads", bucket=models.name, role="roles/storage.objectViewer",
    member=runner.member, opts=on)
vpc = gcp.compute.Network("vpc", auto_create_subnetworks=False, opts=on)
subnet = gcp.compute.Subnetwork("subnet", network=vpc.id, ip_cidr_range="10.0.0.0/20", opts=on)
cluster = gcp.container.Cluster("serving", location=place, initial_node_count=1,
    remove_default_node_pool=True, network=vpc.id, subnetwork=subnet.id,
    min_master_version=versions.latest_master_version, deletion_protection=False, opts=on)
gcp.container.NodePool("gpu", cluster=cluster.id,
    autoscaling={"min_node_count": 0, "max_node_count": config.require_int("nodes")},
    node_config={"machine_type": "g2-standard-4", "service_account": runner.email,
        "guest_accelerators": [{"type": "nvidia-l4", "count": 1}]}, opts=on)
score = gcp.cloudrunv2.Service("score", location=place,
    deletion_protection=config.require_bool("protected"),
    template={"service_account": runner.email, "max_instance_request_concurrency": 8,
        "containers": [{"image": f"{place}-docker.pkg.dev/p/r/score:{config.require('tag')}"}]},
    opts=on)
gcp.cloudrunv2.ServiceIamMember("calls", location=place, name=score.name,
    role="roles/run.invoker", member=f"serviceAccount:{project.number}-compute@"
        "developer.gserviceaccount.com", opts=on)
gcp.vertex.AiEndpoint("fraud", name="fraud-dev", display_name="fraud", location=place,
    encryption_spec={"kms_key_name": key.id}, opts=on)
channel = gcp.monitoring.NotificationChannel("owner", type="email",
    labels={"email_address": "a@example.com"}, opts=on)
gcp.monitoring.AlertPolicy("errors", display_name="errors", combiner="OR",
    notification_channels=[channel.id], conditions=[{"display_name": "errors",
        "condition_threshold": {"comparison": config.require("comparison"), "duration": "60s",
            "filter": 'metric.type="run.googleapis.com/request_count"'}}], opts=on)
pulumi.export("revision", score.latest_ready_revision)
"""
CONFIG = {
    "tiny:tag": "1",
    "tiny:nodes": 2,
    "tiny:protected": True,
    "tiny:comparison": "COMPARISON_GT",
}
COUNT = 15


def test_a_model_on_google_cloud(sandbox: Sandbox) -> None:
    project = sandbox.project(PROGRAM, CONFIG)
    sandbox.new_stack(project)
    sandbox.up(project)
    assert len(sandbox.resources(project)) == COUNT
    sandbox.pulumi("refresh", "--yes", "--skip-preview", "--stack", "dev", cwd=project)
    sandbox.up(project, "--expect-no-changes")
    first = sandbox.outputs(project)["revision"]

    # A mistake is told by the preview, with the vendor's page.
    sandbox.project(PROGRAM, {**CONFIG, "tiny:comparison": "COMPARISON_MORE"})
    asked = ("preview", "--non-interactive", "--stack", "dev")
    told = " ".join(sandbox.pulumi(*asked, cwd=project, check=False).stdout.split())
    assert "conditions[0].conditionThreshold.comparison" in told
    assert 'got "COMPARISON_MORE"; use one of' in told
    assert "cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies" in told

    # A new image makes a new revision; a protected service outlives a destroy.
    sandbox.project(PROGRAM, {**CONFIG, "tiny:tag": "2"})
    sandbox.up(project)
    assert sandbox.outputs(project)["revision"] != first
    kept = sandbox.destroy(project, check=False)
    assert kept.returncode != 0
    assert "deletionProtection" in kept.stdout
    sandbox.project(PROGRAM, {**CONFIG, "tiny:protected": False})
    sandbox.up(project)
    sandbox.destroy(project)
    store = Store(sandbox.home / "store.sqlite")
    left = {row.token for row in store.list("gcp")}
    # Keys are never gone; the default network and the bucket of models were there before.
    assert left == {
        "gcp:compute/network:Network",
        "gcp:compute/subnetwork:Subnetwork",
        "gcp:sandbox:Retired",
        "gcp:storage/bucket:Bucket",
    }
