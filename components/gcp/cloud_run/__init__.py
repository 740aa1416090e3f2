"""Models on Cloud Run."""
