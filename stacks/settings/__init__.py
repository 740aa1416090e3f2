"""Typed settings: model files and the environment's configuration, merged and checked.

Imports no SDK, so that `serving check` answers at once.
"""

import os

# Before the first class is built, Pydantic reads the metadata of everything that is installed, for
# plugins. Settings need none; who wants one for what else the process does says so by the variable.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
