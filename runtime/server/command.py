"""The command line: it says what the environment may tell, checks that, and serves."""

import argparse
import os
import sys
from typing import Final

from runtime import settings as core_settings
from runtime.server import process, settings
from runtime.server.logs import gather, make_log
from runtime.server.tracing import make_tracing

__all__ = ["EXIT_SETTINGS", "main"]

EXIT_SETTINGS: Final = 2
_EXAMPLE: Final = """\
Serves one ONNX model by KServe's protocols v1 and v2. The environment says which, and how:

  MODEL_SERVING_MODEL_PATH=model.onnx MODEL_SERVING_PORT=8000 python -m runtime.server
  curl localhost:8000/health/ready
  curl localhost:8000/v2/models/<name>          # inputs, outputs, types
  curl localhost:8000/predict -d '{"instances": [[5.1, 3.5, 1.4, 0.2]]}'
  curl localhost:8000/openapi.json              # all paths

exit codes:
  0  ended by SIGTERM or SIGINT, drained
  2  a variable is wrong, or the address cannot be listened on
  3  the model cannot be loaded: the log says why
"""


def main(arguments: list[str] | None = None) -> int:
    """Serve; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m runtime.server",
        description=_EXAMPLE,
        epilog=_variables(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="check the variables, and end")
    options = parser.parse_args(arguments)
    try:
        found = settings.read()
    except core_settings.SettingsError as error:
        return _wrong(str(error))
    if options.check:
        print("the variables are right")
        return 0
    try:
        listener = process.listen(found)
    except (OSError, UnicodeError) as error:
        number = getattr(error, "errno", None) or 0
        why = os.strerror(number) if number > 0 else "this is no address of this machine"
        return _wrong(f"cannot listen on {found.host} port {found.port}: {why}")
    gather(found.log_level)
    log = make_log(found.log_level)
    tracing, problem = make_tracing(os.environ)
    if problem:
        log.warning("there are no traces", why=problem)
    return process.run(found, listener, tracing, log)


def _wrong(why: str) -> int:
    print(f"error: {why}", file=sys.stderr)
    return EXIT_SETTINGS


def _variables() -> str:
    """The tables of the modules that read them."""
    rows = [
        [cell.strip().replace("`", "") for cell in line.strip("|").split(" | ")]
        for text in (core_settings.__doc__, settings.__doc__)
        for line in (text or "").splitlines()
        if line.startswith("| `")
    ]
    # What the server says of a variable counts more than what holds for every frame.
    known = {name: f"  {name}\n      {what}; default: {usual}" for name, what, usual in rows}
    return "variables:\n" + "\n".join(known.values())
