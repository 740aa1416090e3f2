"""The engine as Pulumi releases it, checked against the checksums published with it."""

import hashlib
import os
import re
import socket
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

from sandbox.progress import NotAvailableError, SetupError, phase

# https://get.pulumi.com serves the archives too, but only this host also has their checksums.
RELEASES = "https://github.com/pulumi/pulumi/releases/download"
# Where nothing answers, the next source should get its turn soon.
CONNECT_TIMEOUT_SECONDS = 5.0
READ_TIMEOUT_SECONDS = 30.0


def download(version: str, platform: str, folder: Path) -> None:
    """Put the programs of an official release into the folder.

    Proxies (HTTPS_PROXY) and certificates (SSL_CERT_FILE) are urllib's and OpenSSL's.

    Raises:
        NotAvailableError: the release cannot be reached from here.
        SetupError: what came is not what Pulumi published; nothing of it is kept.
    """
    base = os.environ.get("MODEL_SERVING_PULUMI_RELEASES", RELEASES)
    name = f"pulumi-v{version}-{platform}.tar.gz"
    expected = _checksum(f"{base}/v{version}/pulumi-{version}-checksums.txt", name)
    archive = folder / name
    progress = [0, 0]

    def share() -> str:
        return f"{progress[0] >> 20} of {progress[1] >> 20} MiB" if progress[1] else ""

    with phase(f"Downloading Pulumi {version}", share):
        actual = _fetch(f"{base}/v{version}/{name}", archive, progress)
    if actual != expected:
        archive.unlink()
        raise SetupError(
            f"{name} was refused and deleted: SHA-256 is {actual}, the release says {expected}. "
            "A proxy may have changed it, or the download was cut short: run again, or install "
            "Pulumi yourself (https://www.pulumi.com/docs/install/)."
        )
    with tarfile.open(archive) as content:
        for member in content:
            # Flat and by name, so that no path in the archive can lead out of the folder.
            program = Path(member.name).name
            source = content.extractfile(member) if member.isfile() else None
            if source and program.startswith("pulumi"):
                target = folder / program
                target.write_bytes(source.read())
                target.chmod(0o755)
    archive.unlink()


def _checksum(url: str, name: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=CONNECT_TIMEOUT_SECONDS) as answer:  # noqa: S310 - https, above.
            text = answer.read().decode()
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise NotAvailableError(f"{url} cannot be read ({_reason(error)})") from None
    found = re.search(rf"^([0-9a-f]{{64}})\s+\*?{re.escape(name)}$", text, re.MULTILINE)
    if not found:
        raise NotAvailableError(f"the release has no {name}")
    return found[1]


def _fetch(url: str, target: Path, progress: list[int]) -> str:
    """Save the file and return its SHA-256; `progress` is bytes so far and in all."""
    digest = hashlib.sha256()
    try:
        with (
            urllib.request.urlopen(url, timeout=READ_TIMEOUT_SECONDS) as answer,  # noqa: S310 - https, above.
            target.open("wb") as file,
        ):
            progress[1] = int(answer.headers.get("Content-Length") or 0)
            while chunk := answer.read(1 << 20):
                digest.update(chunk)
                file.write(chunk)
                progress[0] += len(chunk)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise NotAvailableError(f"{url} cannot be read ({_reason(error)})") from None
    return digest.hexdigest()


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code}"
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, socket.gaierror):
        return "the name cannot be resolved"
    return "no answer in time" if isinstance(cause, TimeoutError) else str(cause) or repr(cause)
