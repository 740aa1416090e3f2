"""The access key of who works in the sandbox, by which requests to deployed models are signed."""

__all__ = ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "variables"]

ACCESS_KEY_ID = "sandbox"
# No word of any message: whoever keeps secrets out of messages looks for it.
SECRET_ACCESS_KEY = "sandbox-secret-access-key"  # noqa: S105 - opens nothing


def variables(endpoint: str) -> dict[str, str]:
    """What a deployed function finds: who it is, and the vendors' APIs of the sandbox."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_ENDPOINT_URL": endpoint,
    }
