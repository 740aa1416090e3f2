"""What a user reads when something fails: one line, no request, no credential."""

import os
import re
from collections.abc import Iterable
from typing import Final

# A signature error of AWS echoes the signed request, session token included; its first line says
# all that helps.
_LONGEST_MESSAGE: Final = 500
_CREDENTIAL_VARIABLES: Final = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
# A shorter value would blank out unrelated words.
_SHORTEST_SECRET: Final = 4


class ProviderError(Exception):
    """Meant for the user as it is: what is wrong, what was asked, what is live, the way out."""


def scrub(text: str, secrets: Iterable[str]) -> str:
    """Replace each secret, and this process's AWS credentials, by `[secret]`."""
    known = [*secrets, *(os.environ.get(name, "") for name in _CREDENTIAL_VARIABLES)]
    for secret in sorted(known, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "[secret]")
    return text


def one_line(error: BaseException) -> str:
    """A vendor client's error as one clear line, at most 500 characters.

    A `ClientError` of botocore becomes `<Operation>: <Code>: <message>`.
    """
    response = getattr(error, "response", None)
    operation = getattr(error, "operation_name", None)
    lines = str(error).strip().splitlines()
    text = lines[0] if lines else type(error).__name__
    if isinstance(response, dict) and operation:
        # botocore.exceptions.ClientError.MSG_TEMPLATE, with the retries it tells between.
        found = re.match(r"An error occurred \((.*?)\) when calling .*?: (.*)", text)
        if found:
            text = f"{operation}: {found[1]}: {found[2]}"
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 1] + "…"
