"""Models on KServe: services, graphs, shared servers, language models."""
