"""What a provider says of a question that it did not answer."""

__all__ = ["reason"]


def reason(error: Exception) -> str:
    """The provider's own words: the SDK puts a sentence of its own before them."""
    return str(error).rpartition("returned an error: ")[2]
