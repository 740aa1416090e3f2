"""Rules over what an environment makes for its models: pools of GPU nodes, cluster, network."""
