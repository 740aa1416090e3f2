"""A page with Grafana's own components, drawn to a picture by a browser without a screen."""

import hashlib
import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sandbox.debian import unpacked
from sandbox.progress import NotAvailableError, SetupError, run
from sandbox.schema.cache import cache_folder

__all__ = ["PAGE", "installed", "picture"]

PAGE: Final = Path(__file__).with_name("page")
_WIDTH: Final = 1600
# Of the title above the grid, and of one of its rows.
_HEAD, _ROW = 90, 38
_BROWSER: Final = "chromium-headless-shell"
_OTHERS: Final = (_BROWSER, "chromium", "chromium-browser", "google-chrome")
_LIBRARIES: Final = "usr/lib/x86_64-linux-gnu"
_FACTS: Final = re.compile(r'<script type="application/json" id="facts">(.*?)</script>', re.DOTALL)


def picture(drawn: Mapping[str, Any], target: Path, folder: Path) -> list[dict[str, Any]]:
    """Draws a dashboard to a PNG, and says by panel what is to be read in it.

    Args:
        drawn: what the page is given.
        target: where the picture goes.
        folder: for the page.
    """
    for suffix in (".js", ".css"):
        shutil.copy(_bundle().with_suffix(suffix), folder / f"page{suffix}")
    page = folder / f"{target.stem}.html"
    given = json.dumps(drawn).replace("</", "<\\/")
    page.write_text(
        (PAGE / "page.html").read_text("utf-8").replace("/*drawn*/", given), encoding="utf-8"
    )
    height = _HEAD + _ROW * drawn["rows"]
    program, environment = _browser()
    done = subprocess.run(
        [
            *(program, "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--dump-dom"),
            *("--virtual-time-budget=6000", f"--window-size={_WIDTH},{height}"),
            *(f"--user-data-dir={folder / 'browser'}", f"--screenshot={target}", page.as_uri()),
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    found = _FACTS.search(done.stdout)
    if found is None or not target.exists():
        raise SetupError(f"{program} drew nothing: {done.stderr[-2000:]}")
    return json.loads(html.unescape(found[1]))


def installed() -> Path:
    """Folder with the packages that the page needs, as package-lock.json pins them.

    Raises:
        NotAvailableError: no npm.
        SetupError: the packages cannot be had.
    """
    pins = [PAGE / "package.json", PAGE / "package-lock.json"]
    digest = hashlib.sha256(b"".join(each.read_bytes() for each in pins)).hexdigest()[:12]
    place = cache_folder() / "judges" / f"dashboards-{digest}"
    if (place / "node_modules").exists():
        return place
    npm = shutil.which("npm")
    if npm is None:
        raise NotAvailableError("npm is not installed; Node.js brings it")
    partial = place.with_name(f"{place.name}.{os.getpid()}")
    partial.mkdir(parents=True)
    for each in pins:
        shutil.copy(each, partial)
    run(
        "Installing Grafana's components",
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        folder=partial,
        environment=os.environ,
    )
    shutil.rmtree(place, ignore_errors=True)
    partial.rename(place)
    return place


def _bundle() -> Path:
    """The page's program, with all that it needs."""
    place = installed()
    source = (PAGE / "page.tsx").read_bytes()
    bundle = place / f"page-{hashlib.sha256(source).hexdigest()[:12]}.js"
    if not bundle.exists():
        shutil.copy(PAGE / "page.tsx", place / "page.tsx")
        run(
            "Bundling the page of dashboards",
            [
                *(place / "node_modules" / ".bin" / "esbuild", "page.tsx", "--bundle"),
                *("--minify", "--jsx=automatic", '--define:process.env.NODE_ENV="production"'),
                *("--loader:.ttf=empty", "--log-level=error"),
                f"--outfile={bundle}",
            ],
            folder=place,
            environment=os.environ,
        )
    return bundle


def _browser() -> tuple[str, dict[str, str]]:
    """A browser and its environment: the system's, or Debian's beside it."""
    for name in _OTHERS:
        if found := shutil.which(name):
            return found, dict(os.environ)
    place = cache_folder() / "tools" / _BROWSER
    program = f"usr/lib/chromium/{_BROWSER}"
    found = place / program
    if not found.exists():
        unpacked(_missing(), place, program)
    libraries = [place / _LIBRARIES, place / _LIBRARIES / "pulseaudio"]
    return str(found), {**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, libraries))}


def _missing() -> list[str]:
    """The browser's package, and those that it needs and the system has not."""
    if shutil.which("apt-get") is None:
        raise NotAvailableError(f"none of {', '.join(_OTHERS)} is installed")
    told = subprocess.run(
        ["apt-get", "install", "--simulate", "--no-install-recommends", _BROWSER],
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        raise SetupError(f"apt-get says {told.stderr.strip()}")
    return re.findall(r"^Inst (\S+)", told.stdout, re.MULTILINE)
