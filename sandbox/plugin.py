"""A stand-in provider plugin: `plugin.py <aws|gcp|azure-native|kubernetes> [<engine's address>]`.

Prints the port that it serves, as the engine expects, and serves until it is ended. The engine
finds it as `pulumi-resource-<name>` in `sandbox/plugins` on PATH.
"""

import os
import signal
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# The engine starts up to this many calls at once in the sandbox's settings; more wait their turn.
PARALLEL_CALLS = 64
# Threads beside those, so that an interruption is heard while all of them wait.
SPARE_CALLS = 4
GRACE_SECONDS = 2.0


def main() -> None:
    """Serve the provider that the first argument names."""
    parent = os.getppid()
    ended = threading.Event()
    # The engine interrupts a plugin that it no longer needs, and waits 5 s before it kills it. An
    # interrupt in the terminal does not come here: plugins have a process group of their own.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

    import grpc  # noqa: PLC0415 - after the path is set

    from sandbox import eventual  # noqa: PLC0415
    from sandbox.clouds import cloud  # noqa: PLC0415
    from sandbox.guard import Guard  # noqa: PLC0415
    from sandbox.life import Life  # noqa: PLC0415
    from sandbox.notices import Notices  # noqa: PLC0415
    from sandbox.protocol import provider_pb2_grpc  # noqa: PLC0415
    from sandbox.provider import ResourceProvider  # noqa: PLC0415
    from sandbox.store import Store, StoreError  # noqa: PLC0415

    name, *rest = sys.argv[1:]
    engine = rest[-1] if rest else ""
    try:
        eventual.scale()
        store = Store()
        stand_in = cloud(name)
    except (StoreError, ValueError) as error:
        sys.exit(str(error))
    except FileNotFoundError as error:
        sys.exit(f"the sandbox needs the Python SDK of {name}, which is not installed: {error}")
    server = grpc.server(
        ThreadPoolExecutor(PARALLEL_CALLS + SPARE_CALLS),
        interceptors=[Guard()],
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
    )
    notices = Notices(stand_in, engine)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(
        ResourceProvider(Life(stand_in, store), notices), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.buffer.write(f"{port}\n".encode())
    sys.stdout.buffer.flush()

    while not ended.wait(timeout=1.0):
        if _is_alone(parent, engine):
            break  # The engine was killed: nobody will end this process.
    # What is acknowledged is on disk; what is not gets this long to finish.
    server.stop(grace=GRACE_SECONDS).wait()
    notices.close(GRACE_SECONDS)
    os._exit(0)


def _is_alone(parent: int, engine: str) -> bool:
    """Whether the engine is gone: the parent, or, where it went too early to be known, its port."""
    if os.getppid() != parent:
        return True
    if parent != 1 or not engine:  # The engine may be the first process of a container.
        return False
    host, _, port = engine.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=GRACE_SECONDS).close()
    except (OSError, ValueError):
        return True
    return False


if __name__ == "__main__":
    main()
