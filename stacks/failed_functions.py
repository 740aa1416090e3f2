"""Says what a cloud answered to a function, as `aws.eks.get_cluster`, without a Python traceback.

The SDK raises a bare `Exception` for a call that a provider refused, as of a cluster that is not
there, and the language host shows those with their traceback: thirty lines of its own code before
the one that helps. Of a `pulumi.RunError` it shows the message alone.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pulumi

__all__ = ["invoker"]


def invoker(theirs: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """The SDK's `_invoke`, which tells what a provider refused as an error of the program's run."""

    async def answered(token: str, answer: Awaitable[Any]) -> Any:  # noqa: ANN401 - as the SDK's
        try:
            return await answer
        except Exception as error:
            # What else is raised there is a fault of a program, or of the SDK.
            if type(error) is Exception and str(error).startswith(f"invoke of {token} failed: "):
                raise pulumi.RunError(str(error)) from error
            raise

    def invoke(tok: str, *arguments: Any, **options: Any) -> Awaitable[Any]:  # noqa: ANN401
        return answered(tok, theirs(tok, *arguments, **options))

    return invoke
