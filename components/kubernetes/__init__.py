"""Components that put models on a Kubernetes cluster."""
