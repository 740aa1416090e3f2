"""First code of an instance: ends with the process that started it, then is AWS's runtime client.

`python -S start.py <handler>`; the environment says where code and Runtime API are.
"""

import ctypes
import os
import runpy
import signal
import sys


def main() -> None:
    """Become awslambdaric."""
    if sys.platform == "linux":
        set_parent_death_signal = 1  # PR_SET_PDEATHSIG in linux/prctl.h
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
        if os.getppid() != int(os.environ.pop("MODEL_SERVING_SANDBOX_PARENT")):
            return
    # Its folder came first, as that of any script.
    del sys.path[0]
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
