"""What a user reads when something fails: one line, no request, no credential."""

import os
import re
from collections.abc import Iterable, Mapping
from typing import Final

from pulumi.provider.experimental.property_value import PropertyValue

from facts.masking import Mask

# What we write ourselves is shorter; a vendor's reason can have any length.
_LONGEST_MESSAGE: Final = 1500
_CREDENTIAL_VARIABLES: Final = (
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_CLIENT_SECRET",
    "AZURE_PASSWORD",
    "DATABRICKS_TOKEN",
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_TRACKING_TOKEN",
)


class ProviderError(Exception):
    """Meant for the user as it is: what is wrong, what was asked, what is live, the way out."""


class RefusedError(ProviderError):
    """The no of somebody who was asked: who it was, what was said, and the way out.

    `unsafe`: the files are there, and are not to be loaded.
    """

    def __init__(self, who: str, said: str, way_out: str, *, unsafe: bool = False) -> None:
        self.who = who
        self.said = " ".join(said.split()).rstrip(".")
        self.way_out = way_out
        self.unsafe = unsafe
        super().__init__(f"{who}: {self.said}. {way_out}")


class NotReadyError(ProviderError):
    """Something was made, and is not as asked: it stays in state, so that nothing is forgotten."""

    def __init__(self, message: str, resource_id: str, outputs: Mapping[str, object]) -> None:
        super().__init__(message)
        self.resource_id = resource_id
        self.outputs = outputs


class HalfMadeError(ProviderError):
    """The same on its way to the engine: its properties are wrapped, and secrets are marked."""

    def __init__(
        self, message: str, resource_id: str, properties: dict[str, PropertyValue]
    ) -> None:
        super().__init__(message)
        self.resource_id = resource_id
        self.properties = properties


def scrub(text: str, secrets: Iterable[str]) -> str:
    """Replace each secret, and this process's credentials, by `[secret]`.

    Also as messages and requests spell them: quoted, escaped, in base64. At most 1,500 characters
    are left, cut only now: half of a secret would not be found.
    """
    known = [*secrets, *(os.environ.get(name, "") for name in _CREDENTIAL_VARIABLES)]
    text = Mask(known).text(text)
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 1] + "…"


def one_line(error: BaseException) -> str:
    """A vendor client's error as one clear line.

    A `ClientError` of botocore becomes `<Operation>: <Code>: <message>`. Only the first line is
    taken: a signature error of AWS echoes the signed request, session token included, below it.
    """
    response = getattr(error, "response", None)
    operation = getattr(error, "operation_name", None)
    lines = str(error).strip().splitlines()
    text = lines[0] if lines else type(error).__name__
    if isinstance(response, dict) and operation:
        # botocore.exceptions.ClientError.MSG_TEMPLATE, with the retries it tells between.
        found = re.match(
            r"An error occurred \((.*?)\) when calling the \S+ operation(?: \(.*?\))?:\s*(.*)", text
        )
        if found:
            return f"{operation}: {found[1]}: {found[2]}"
    return text
