"""Names of Lambda as inputs spell them, each with what to use instead of a wrong one.

Source: FunctionName, Alias and Version in Lambda's API model in botocore.
"""

import re
from typing import Final

__all__ = ["ALIAS_NAME", "FUNCTION_NAME", "VERSION"]

FUNCTION_NAME: Final = (
    re.compile(r"[a-zA-Z0-9_-]{1,64}"),
    "use the function's name, 1 to 64 letters, digits, - and _",
)
ALIAS_NAME: Final = (
    re.compile(r"(?![0-9]+$)[a-zA-Z0-9_-]{1,128}"),
    "use 1 to 128 letters, digits, - and _, with a letter among them",
)
# Neither $LATEST, which changes, nor an alias.
VERSION: Final = (
    re.compile(r"[1-9][0-9]{0,19}"),
    "use the number of a published version, as in '2'",
)
