"""Where a page of this repository is for a reader of a report: the address that CI says."""

import os
import re
from typing import Final

from policies.rule import Rule

__all__ = ["help_address"]

# https://docs.github.com/en/actions/reference/workflows-and-actions/variables
_GITHUB: Final = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA")
# https://docs.gitlab.com/ci/variables/predefined_variables/
_GITLAB: Final = ("CI_PROJECT_URL", "CI_COMMIT_SHA")
_ADDRESS: Final = re.compile(r"https://[^\s)>,`]+")


def help_address(rule: Rule) -> str:
    """An absolute address of what explains a rule: our page in CI, else the vendor's; or nothing.

    SARIF takes no relative one.
    """
    if all(map(os.environ.get, _GITHUB)):
        server, repository, commit = (os.environ[name] for name in _GITHUB)
        return f"{server}/{repository}/blob/{commit}/{rule.docs}"
    if all(map(os.environ.get, _GITLAB)):
        project, commit = (os.environ[name] for name in _GITLAB)
        return f"{project}/-/blob/{commit}/{rule.docs}"
    found = _ADDRESS.search(rule.reason)
    return found[0].rstrip(".") if found else ""
