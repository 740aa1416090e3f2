"""The smallest packages of each kind that is downloaded, and one byte of them that is another.

The byte is one that no format has a check of its own for, a time in a zip's or gzip's header: what
is in the package stays what it was, and nothing but a digest tells.
"""

import base64
import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Final

__all__ = ["flip", "h1", "module", "npm_package", "sha256", "wheel"]

# Minutes of a zip's first file; of a gzip's, when it was made.
_TIMES: Final = {b"PK\x03\x04": 10, b"\x1f\x8b\x08": 4}


def wheel(folder: Path, name: str, version: str, *, code: str = "") -> Path:
    """A wheel with a module of its name."""
    plain = name.replace("-", "_")
    info = f"{plain}-{version}.dist-info"
    files = {
        f"{plain}.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"{plain}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for path, text in (*files.items(), (f"{info}/RECORD", record)):
            archive.writestr(path, text)
    return made


def sha256(path: Path) -> str:
    """Its digest, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def flip(path: Path) -> None:
    """One bit of one byte."""
    content = bytearray(path.read_bytes())
    at = next(at for sign, at in _TIMES.items() if content.startswith(sign))
    content[at] ^= 1
    path.write_bytes(content)


def npm_package(folder: Path, name: str, version: str) -> tuple[Path, str]:
    """A package of npm's and its integrity, as a lock says it."""
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"{name}-{version}.tgz"
    with tarfile.open(made, "w:gz") as archive:
        content = json.dumps({"name": name, "version": version}).encode()
        member = tarfile.TarInfo("package/package.json")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    digest = hashlib.sha512(made.read_bytes()).digest()
    return made, f"sha512-{base64.b64encode(digest).decode()}"


def module(proxy: Path, path: str, version: str, files: dict[str, str]) -> None:
    """A Go module at a proxy that is a folder; written again it has other files."""
    place = proxy / path / "@v"
    place.mkdir(parents=True, exist_ok=True)
    (place / "list").write_text(f"{version}\n")
    (place / f"{version}.info").write_text(
        json.dumps({"Version": version, "Time": "2026-01-01T00:00:00Z"})
    )
    (place / f"{version}.mod").write_text(files["go.mod"])
    with zipfile.ZipFile(place / f"{version}.zip", "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{path}@{version}/{name}", text)


def h1(files: dict[str, str]) -> str:
    """The digest that go.sum has of files by their names (golang.org/x/mod/sumdb/dirhash)."""
    lines = "".join(
        f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n"
        for name, text in sorted(files.items())
    )
    return f"h1:{base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()}"
