"""`serving render`: the Kubernetes part as YAML, for Argo CD or Flux to apply.

It asks the engine for a preview, so nothing is changed. See docs/gitops.md and
docs/adr/0015-rendering-for-gitops.md.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from delivery import engine, project
from delivery.disk import telling
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.one_model import refuse_other_teams
from delivery.only import ONLY, TARGETED
from delivery.render_files import KUSTOMIZATION, SECRETS, folders_of, kustomization, tree
from delivery.render_folder import Changes, Index, changes, index_of, write
from delivery.render_objects import Contents, contents
from delivery.update import policy_flags
from stacks.settings.load import Settings, load
from stacks.settings.models import AnySettings
from stacks.settings.problems import SettingsError, report
from stacks.targets import DRIFT_JOB_TYPE, MONITORING_TYPE, TARGETS, identity

FOLDER: Final = "rendered"


def render(
    environment: str, *, out: Path | None, only: str | None, check: bool, policies: bool
) -> int:
    """Write the folder, or with `check` say whether it is what would be written."""
    root = project.root()
    project.known_environment(root, environment)
    if only is not None:
        project.known_model(root, only)
    try:
        settings = load(root, environment, only=only)
    except SettingsError as error:
        print(report(error.problems), file=sys.stderr)
        return Exit.CONFIGURATION
    if only is not None:
        refuse_other_teams(settings, only)
    folder = out or root / FOLDER / environment
    before = index_of(folder, environment)
    found = _asked(root, settings, only=only, policies=policies)
    with telling(folder, Exit.ERROR):
        made = _written(folder, tree(found), before, only=only, check=check)
    for secret in found.secrets:
        keys = ", ".join(secret.keys)
        print(
            f"note: Secret {secret.namespace}/{secret.name} ({keys}) is left out; see "
            f"{_shown(folder)}/{secret.folder}/{SECRETS}",
            file=sys.stderr,
        )
    if elsewhere := [f"{n} ({m.target})" for n, m in settings.models.items() if _not_in(m)]:
        print(
            "note: what is not in the cluster is left out, and stays with `serving up`: "
            f"{', '.join(sorted(elsewhere))}",
            file=sys.stderr,
        )
    if found.charts:
        print(
            "note: the cluster's add-ons are left out, and stay with Pulumi as Helm releases: "
            f"{', '.join(found.charts)}",
            file=sys.stderr,
        )
    command = f"serving render --env {environment}"
    command += f" --only {only}" if only else ""
    command += f" --out {out}" if out else ""
    return _told(_shown(folder), command, made, check=check)


def _not_in(model: AnySettings) -> bool:
    return "kubernetes" not in model.needs


def _asked(root: Path, settings: Settings, *, only: str | None, policies: bool) -> Contents:
    """The objects, by a preview of the whole program or of one model."""
    flags = ["--stack", settings.environment]
    if policies:
        flags += policy_flags(root, settings.environment)
    # A preview deletes nothing, so that it needs no targets: the others are simply not looked at.
    variables = {ONLY: only, TARGETED: only} if only is not None else {}
    steps = engine.preview(root, flags, variables)
    # In a hand-over everything stays in the cluster, whether its component asked for it or not.
    cluster = settings.site.targets.kubernetes
    retained = cluster is None or cluster.applied_by != "handover"
    return contents(steps, dict(_components(root, settings)), retained=retained)


def _components(root: Path, settings: Settings) -> Iterator[tuple[str, str]]:
    """The URNs of what the program registers for a model, with the model's name."""
    prefix = f"urn:pulumi:{settings.environment}::{project.name(root)}::"
    for name, model in settings.models.items():
        yield f"{prefix}{TARGETS[model.target].token}::{name}", name
        yield f"{prefix}{MONITORING_TYPE}::{name}", name
        yield f"{prefix}{DRIFT_JOB_TYPE}::{name}", name
        if made := identity(settings, name):
            yield f"{prefix}{made.token}::{made.name}", name


def _written(
    folder: Path, files: dict[str, str], before: Index, *, only: str | None, check: bool
) -> Changes:
    """What changed in the folder, or would with `check`; of one model alone, its folder alone."""

    def concerns(path: str) -> bool:
        return only is None or path == KUSTOMIZATION or path.startswith(f"models/{only}/")

    files = {path: content for path, content in files.items() if concerns(path)}
    paths = {*files, *(path for path in before.files if not concerns(path))}
    if folders := folders_of(paths):
        files[KUSTOMIZATION] = kustomization(folders)
        paths.add(KUSTOMIZATION)
    after = Index(before.environment, frozenset(paths))
    made = changes(folder, files, before, concerns)
    if not check and (made or after != before):
        write(folder, files, made, before, after)
    return made


def _told(folder: str, command: str, made: Changes, *, check: bool) -> int:
    for line in made.lines():
        print(line)
    counts = f"{len(made.new)} new, {len(made.changed)} changed, {len(made.gone)} gone"
    if check and made:
        raise Failure(
            f"{folder} is not what would be rendered: {counts}\n"
            f"  fix: run `{command}` and commit the folder",
            Exit.CHANGES,
        )
    print(f"{folder}: {counts}" if made else f"{folder}: up to date")
    return Exit.OK


def _shown(folder: Path) -> str:
    """Relative where it is below, as people type it."""
    here = Path.cwd()
    return str(folder.relative_to(here) if folder.is_relative_to(here) else folder)
