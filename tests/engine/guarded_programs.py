"""Programs for guardrails, written by hand or of our components with no more than they need."""

from sandbox.seed import AZURE_SUBSCRIPTION

__all__ = ["PLATFORM", "PROGRAM", "TURNS", "WIRE"]

# An insecure, over-sized, untagged model, written by hand: no component of ours is asked.
PROGRAM = """
import json
import pulumi, pulumi_aws as aws

provider = aws.Provider("aws", region="eu-west-1", allowed_account_ids=["123456789012"])
opts = pulumi.ResourceOptions(provider=provider)
trust = {"Effect": "Allow", "Action": "sts:AssumeRole",
         "Principal": {"Service": "sagemaker.amazonaws.com"}}
role = aws.iam.Role(
    "role", opts=opts,
    assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
aws.iam.RolePolicyAttachment(
    "broad", role=role.name, opts=opts,
    policy_arn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
model = aws.sagemaker.Model(
    "model", execution_role_arn=role.arn, opts=opts,
    primary_container={
        "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fraud:latest",
        "model_data_url": "s3://example-models/fraud/1.4.0/model.tar.gz",
        "environment": {"API_KEY": pulumi.Output.secret("correct-horse-battery")}})
aws.sagemaker.EndpointConfiguration(
    "configuration", opts=opts,
    production_variants=[{
        "variant_name": "stable", "model_name": model.name, "initial_instance_count": 1,
        "instance_type": "ml.p4d.24xlarge"}])
"""
# Clusters and pools of three clouds by our components, with no more than they need.
PLATFORM = """
import pulumi, pulumi_aws as aws, pulumi_azure_native as azure, pulumi_gcp as gcp
from components.aws.eks_cluster import EksCluster
from components.aws.eks_gpu_node_pool import EksGpuNodePool
from components.azure.aks_cluster import AksCluster
from components.azure.aks_gpu_node_pool import AksGpuNodePool
from components.azure.azure_private_network import AzurePrivateNetwork
from components.gcp.gcp_private_network import GcpPrivateNetwork
from components.gcp.gke_cluster import GkeCluster
from components.gcp.gke_gpu_node_pool import GkeGpuNodePool

options = pulumi.ResourceOptions(providers=[
    aws.Provider("aws", region="eu-west-1", allowed_account_ids=["123456789012"]),
    azure.Provider("azure", subscription_id="SUBSCRIPTION"),
    gcp.Provider("gcp", project="example-models", region="europe-west4")])
owned = {"environment": "dev", "tags": {"owner": "team-platform"}}
subnets = ["subnet-0dev00000000000a1", "subnet-0dev00000000000a2"]
azures = {"resource_group": "models", "location": "westeurope"}
nodes = AzurePrivateNetwork("net", owned | azures, options).subnet_id
google = {"project": "example-models"}
hub = GcpPrivateNetwork("hub", owned | {"region": "europe-west4"}, options)

eks = EksCluster("eks", owned | {"subnet_ids": subnets}, options)
EksGpuNodePool(
    "l4", owned | {"cluster_name": eks.cluster_name, "subnet_ids": subnets,
                   "accelerator": "nvidia-l4"}, options)
gke = GkeCluster(
    "gke", owned | google | {"region": "europe-west4", "network": hub.network,
                      "subnetwork": hub.subnetwork}, options)
GkeGpuNodePool(
    "g2", owned | google | {"location": "europe-west4", "cluster_name": gke.cluster_name,
                            "accelerator": "nvidia-l4"}, options)
aks = AksCluster(
    "aks", owned | azures | {
        "subnet_id": nodes, "administrators": ["11111111-1111-1111-1111-111111111111"]}, options)
AksGpuNodePool(
    "t4", owned | {"resource_group": "models", "cluster_name": aks.cluster_name,
                   "subnet_id": nodes, "accelerator": "nvidia-t4"}, options)
""".replace("SUBSCRIPTION", AZURE_SUBSCRIPTION)

# An open cluster, a pool of turns and a model with an objective on it, all written by hand.
TURNS = """
import pulumi, pulumi_gcp as gcp, pulumi_kubernetes as k8s

google = pulumi.ResourceOptions(
    provider=gcp.Provider("gcp", project="example-models", region="europe-west4"))
cluster = gcp.container.Cluster(
    "open", location="europe-west4", initial_node_count=1, remove_default_node_pool=True,
    opts=google)
gcp.container.NodePool(
    "turns", cluster=cluster.id, location="europe-west4", opts=google,
    autoscaling={"min_node_count": 0, "max_node_count": 4},
    node_config={
        "machine_type": "g2-standard-8",
        "labels": {"model-serving/pool-group": "small"},
        "guest_accelerators": [{
            "type": "nvidia-l4", "count": 1,
            "gpu_sharing_config": {
                "gpu_sharing_strategy": "TIME_SHARING", "max_shared_clients_per_gpu": 4}}]})
k8s.apps.v1.Deployment(
    "chat",
    metadata={"namespace": "models",
              "annotations": {"model-serving/slo-latency-p95-ms": "250"}},
    spec={
        "selector": {"match_labels": {"app": "chat"}},
        "template": {
            "metadata": {"labels": {"app": "chat"}},
            "spec": {
                "node_selector": {"model-serving/pool-group": "small"},
                "containers": [{
                    "name": "server", "image": "example/chat@sha256:DIGEST",
                    "resources": {"limits": {
                        "cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "1"}}}]}}},
    opts=pulumi.ResourceOptions(provider=k8s.Provider("kubernetes", context="serving-dev")))
""".replace("DIGEST", "0" * 64)

# What the wire has beside plain values: provider's tags, a secret, an unknown part of a policy, a
# name that is given by the provider, a resource that somebody else made, a default provider.
WIRE = """
import json
import pulumi, pulumi_aws as aws, pulumi_kubernetes as k8s

tagged = aws.Provider(
    "aws", region="eu-west-1", allowed_account_ids=["123456789012"],
    default_tags={"tags": {
        "model-serving:owner": "team-risk", "model-serving:environment": "dev",
        "cost-centre": "ml-platform"}})
options = pulumi.ResourceOptions(provider=tagged)
account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(provider=tagged))
theirs = aws.ec2.Subnet.get("theirs", "subnet-0dev00000000000a1", opts=options)
key = aws.kms.Key("key", opts=options)
role = aws.iam.Role(
    "role", opts=options,
    assume_role_policy=account.account_id.apply(lambda id: json.dumps({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"},
            "Condition": {"StringEquals": {"aws:SourceAccount": id}}}]})))
aws.iam.RolePolicy(
    "everything", role=role.name, opts=options,
    policy=pulumi.Output.json_dumps({
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key.arn}]}))
aws.lambda_.Function(
    "function", role=role.arn, opts=options, timeout=60, memory_size=512,
    package_type="Image", image_uri="123456789012.dkr.ecr.eu-west-1.amazonaws.com/f:latest",
    environment={"variables": {
        "DB_PASSWORD": pulumi.Output.secret("correct-horse-battery"),
        "ZONE": theirs.availability_zone, "KEY": key.arn}})
aws.cloudwatch.LogGroup("logs", opts=options)
k8s.apps.v1.Deployment(
    "open", opts=pulumi.ResourceOptions(provider=k8s.Provider("kubernetes", context="serving-dev")),
    spec={
        "selector": {"match_labels": {"app": "open"}},
        "template": {
            "metadata": {"labels": {"app": "open"}},
            "spec": {
                "host_network": True,
                "containers": [{"name": "server", "image": "example/open:latest",
                                "env": [{"name": "API_TOKEN", "value": key.key_id}]}]}}})
"""
