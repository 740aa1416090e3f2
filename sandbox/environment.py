"""The environment variables of the sandbox, in one place."""

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from sandbox import stackfile
from sandbox.bootstrap import Engine, cache
from sandbox.progress import SetupError
from sandbox.serving.keys import ACCESS_KEY_ID, SECRET_ACCESS_KEY

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = ROOT / "sandbox" / "plugins"
SDK_SITE = "MODEL_SERVING_SANDBOX_SDK_SITE"
# What would lead away from the sandbox: other identities, endpoints and secrets.
_AWAY = {
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_STORAGEBLOB_CONNECTIONSTRING",
    "AZURE_STORAGE_CONNECTION_STRING",
    "AZURE_STORAGE_IS_CDN",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_TENANT_ID",
    "AZURE_USERNAME",
    "DATABRICKS_HOST",
    "DATABRICKS_TOKEN",
    "GOOGLE_CREDENTIALS",
    "GOOGLE_OAUTH_ACCESS_TOKEN",
    "HF_HUB_OFFLINE",
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
    "MLFLOW_REGISTRY_URI",
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_TRACKING_TOKEN",
    "MLFLOW_TRACKING_USERNAME",
    "MSI_ENDPOINT",
    "MSI_SECRET",
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "REGISTRY_AUTH_FILE",
    "PYTHONDONTWRITEBYTECODE",  # Bytecode has its own place; see PYTHONPYCACHEPREFIX below.
}
# Registries of images that the sandbox stands in for.
REGISTRIES = ("registry.example.com", "docker.io", "ghcr.io", "quay.io")
# Where state may be kept; the clients of all of them are led to the sandbox.
_BACKENDS = ("file://", "s3://", "gs://", "azblob://")
CONTEXTS = ("serving-dev", "serving-prod")
# The engine has no setting for this; see docs/adr/0051-no-logs-of-the-engine.md.
_NO_LOGS = """\
The engine writes all that it does into a folder of this name, whether or not anybody asks: half of
its CPU and, for 100 models, 30 MB an update. A file in its place switches that off. For logs:
remove this file, make the folder.
"""
# A deployment of a hundred models writes about this much: state, its copies, the store.
NEEDED_MIB = 50


def home() -> Path:
    """Folder of the sandbox's data: state, store, kubeconfig. Tests give each test its own."""
    chosen = os.environ.get("MODEL_SERVING_SANDBOX_HOME")
    return Path(chosen).absolute() if chosen else ROOT / ".sandbox"


def store(folder: Path) -> Path:
    """The SQLite file that is the sandbox's clouds."""
    return folder / "store.sqlite"


def azure(endpoint: str) -> dict[str, str]:
    """What tells Azure's clients where its APIs are and who they are themselves."""
    return {
        # Where a client learns its endpoints, and under which name the cloud is there.
        "ARM_CLOUD_METADATA_URL": f"{endpoint}/metadata/endpoints?api-version=2019-05-01",
        "AZUREML_CURRENT_CLOUD": "sandbox",
        # Where blobs are whose account is known by its host alone.
        "AZURE_STORAGE_SERVICE_ENDPOINT": f"{endpoint}/blob",
        # The same for an engine that keeps its state there (`azblob://`), which sends no token
        # without TLS, only the signature of a key.
        "AZURE_STORAGE_DOMAIN": f"{endpoint.removeprefix('http://')}/blob",
        "AZURE_STORAGE_PROTOCOL": "http",
        "AZURE_STORAGE_ACCOUNT": "sandbox",
        "AZURE_STORAGE_KEY": "c2FuZGJveA==",
        # Who azure-identity is: App Service's managed identity, which is asked without TLS.
        "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
        "IDENTITY_ENDPOINT": f"{endpoint}/msi/token",
        "IDENTITY_HEADER": "sandbox",
    }


def google(endpoint: str) -> dict[str, str]:
    """What tells Google's clients where its APIs are; the first three are read by pulumi-gcp."""
    return {
        "GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT": f"{endpoint}/v1/",
        "GOOGLE_CLOUD_ASSET_CUSTOM_ENDPOINT": f"{endpoint}/v1/",
        "GOOGLE_MONITORING_CUSTOM_ENDPOINT": f"{endpoint}/",
        "STORAGE_EMULATOR_HOST": endpoint,
    }


def variables(
    folder: Path, engine: Engine, *, inherited: Mapping[str, str], endpoint: str | None = None
) -> dict[str, str]:
    """The whole environment of a command on the sandbox.

    Args:
        folder: the sandbox's data folder, see `home`.
        engine: where the engine is.
        inherited: the environment to start from.
        endpoint: URL of the vendors' APIs, when they are served.
    """
    path = [str(folder / "bin"), *map(str, engine.folders)]
    path += inherited.get("PATH", "").split(os.pathsep)
    # Last, so that it gives `uv` to a language host that needs it, and takes no `python3` away.
    path.append(str(ROOT / ".venv" / "bin"))
    ours = {
        "PATH": os.pathsep.join(dict.fromkeys(filter(None, path))),
        "PULUMI_BACKEND_URL": _backend(folder, inherited),
        "PULUMI_HOME": str(folder / "pulumi"),
        "PULUMI_CONFIG_PASSPHRASE": stackfile.PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # Nobody's own credentials, or programs that keep them, are asked for by stand-ins.
        "DOCKER_CONFIG": str(folder / "docker"),
        "HF_TOKEN_PATH": str(folder / "huggingface-token"),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",  # boto3 reads only this one.
        "KUBECONFIG": str(folder / "kubeconfig"),
        "MODEL_SERVING_SANDBOX_HOME": str(folder),
        "MODEL_SERVING_SANDBOX_STORE": str(store(folder)),
        # Without bytecode the SDKs are compiled again at each start, which takes seconds; here it
        # is kept even where Python may not write beside its sources.
        "PYTHONPYCACHEPREFIX": str(cache() / "bytecode"),
    }
    # The engine lives for seconds: collecting its garbage at five times what is in use instead of
    # twice saves a tenth of its CPU.
    ours["GOGC"] = inherited.get("GOGC", "400")
    if endpoint:
        ours["AWS_ENDPOINT_URL"] = endpoint
        # Where `serving invoke` takes requests for the hosts of what is deployed.
        ours["MODEL_SERVING_INVOKE_VIA"] = endpoint
        ours |= azure(endpoint)
        ours |= google(endpoint)
        if ours["PULUMI_BACKEND_URL"].startswith("gs://"):
            # The engine's client wants no scheme there, and somebody who is logged in.
            ours["STORAGE_EMULATOR_HOST"] = endpoint.removeprefix("http://")
            ours["GOOGLE_OAUTH_ACCESS_TOKEN"] = "sandbox"  # noqa: S105 - nobody's
        # Where azure-ai-ml asks where a registry is.
        ours["REGISTRY_DISCOVERY_ENDPOINT_URL"] = f"{endpoint}/azureml/"
        ours["HF_ENDPOINT"] = f"{endpoint}/huggingface"
        # By it container tools find the registries of images.
        ours["CONTAINERS_REGISTRIES_CONF"] = str(registries_conf(folder, endpoint))
        ours["MLFLOW_TRACKING_URI"] = f"{endpoint}/mlflow"
    for key in ("NO_PROXY", "no_proxy"):  # The engine, its plugins and the APIs talk on loopback.
        hosts = [*inherited.get(key, "").split(","), "127.0.0.1", "localhost"]
        ours[key] = ",".join(dict.fromkeys(filter(None, hosts)))
    return {
        key: value
        for key, value in inherited.items()
        if key not in _AWAY and not key.startswith("AWS_ENDPOINT_URL_")
    } | ours


def _backend(folder: Path, inherited: Mapping[str, str]) -> str:
    """Where state is kept: in the sandbox, or where a command inside of it asks for.

    That is a folder, or a bucket of the sandbox's clouds.
    """
    asked = inherited.get("PULUMI_BACKEND_URL", "")
    inside = inherited.get("MODEL_SERVING_SANDBOX_STORE") == str(store(folder))
    return asked if inside and asked.startswith(_BACKENDS) else own_backend(folder)


def own_backend(folder: Path) -> str:
    """Where state is kept unless something else is asked for."""
    return f"file://{folder / 'state'}"


def registries_conf(folder: Path, endpoint: str) -> Path:
    """The file that leads container tools to the registries which this run serves."""
    return folder / f"registries-{endpoint.rpartition(':')[2]}.conf"


def write_registries_conf(folder: Path, endpoint: str) -> None:
    """Write it, as containers-registries.conf(5) says."""
    host = endpoint.removeprefix("http://")
    folder.mkdir(parents=True, exist_ok=True)
    registries_conf(folder, endpoint).write_text(
        "".join(
            f'[[registry]]\nprefix = "{each}"\nlocation = "{host}/oci/{each}"\ninsecure = true\n'
            for each in REGISTRIES
        )
    )


def prepare(folder: Path) -> None:
    """Create what the variables name: folders, kubeconfig, the stand-in providers as plugins."""
    (folder / "state").mkdir(parents=True, exist_ok=True)
    (folder / "pulumi").mkdir(exist_ok=True)
    logs = folder / "pulumi" / "logs"
    if not logs.exists():  # A folder that somebody made there is used.
        logs.write_text(_NO_LOGS)
    # `pulumi` under `sandbox/run` is `sandbox/pulumi`: it serves the vendors' APIs while it runs.
    shim = folder / "bin" / "pulumi"
    if not shim.is_symlink():
        shim.parent.mkdir(exist_ok=True)
        with contextlib.suppress(FileExistsError):  # Another run was faster.
            shim.symlink_to(ROOT / "sandbox" / "pulumi")
    kubeconfig = folder / "kubeconfig"
    if not kubeconfig.exists():
        kubeconfig.write_text(_kubeconfig())
    install_plugins(folder, ROOT / ".venv")


def check(folder: Path) -> None:
    """Refuse to begin where a run would break off in the middle: a full disk, a damaged store.

    Raises:
        SetupError: with what to do.
    """
    free = shutil.disk_usage(folder).free >> 20
    if free < NEEDED_MIB:
        raise SetupError(
            f"{free} MiB are free where the sandbox's folder {folder} is, and a run may write "
            f"{NEEDED_MIB}; free some space, or set MODEL_SERVING_SANDBOX_HOME to another folder."
        )
    file = store(folder)
    # The first bytes only; SQLite itself finds the rest. https://www.sqlite.org/fileformat.html
    if file.exists() and file.stat().st_size and not _begins(file, b"SQLite format 3\0"):
        raise SetupError(
            f"the sandbox's store {file} is damaged. Restore a copy; or remove {folder} to start "
            "anew, with empty clouds and no stacks."
        )


def _begins(file: Path, content: bytes) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(content)) == content


def install_plugins(folder: Path, virtual_environment: Path) -> bool:
    """Give the engine the stand-in providers as installed plugins, in the versions of the SDKs.

    On PATH they would work too, but the engine warns of each at every run.

    Args:
        folder: the sandbox's data folder.
        virtual_environment: where the SDKs are.

    Returns:
        Whether there are any.
    """
    found = False
    plugins = folder / "pulumi" / "plugins"
    packages = virtual_environment / "lib"
    for executable in sorted(PLUGINS.glob("pulumi-resource-*")):
        name = executable.name.removeprefix("pulumi-resource-")
        pattern = f"python3*/site-packages/pulumi_{name.replace('-', '_')}-*.dist-info"
        for installed in packages.glob(pattern):
            version = installed.name.removesuffix(".dist-info").rpartition("-")[2]
            found = True
            target = plugins / f"resource-{name}-v{version}" / executable.name
            content = f'#!/bin/sh\nexec "{executable}" "$@"\n'
            if target.exists() and target.read_text() == content:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_suffix(f".{os.getpid()}")
            partial.write_text(content)
            partial.chmod(0o755)
            partial.replace(target)
    return found


def _kubeconfig() -> str:
    """Contexts of both clusters; the server is nobody's, the stand-in provider never calls it."""
    clusters = "".join(
        f"- name: {name}\n  cluster: {{server: 'https://{name}.sandbox.invalid'}}\n"
        for name in CONTEXTS
    )
    contexts = "".join(
        f"- name: {name}\n  context: {{cluster: {name}, user: sandbox}}\n" for name in CONTEXTS
    )
    return (
        "apiVersion: v1\nkind: Config\n"
        f"current-context: {CONTEXTS[0]}\nclusters:\n{clusters}contexts:\n{contexts}"
        "users:\n- name: sandbox\n  user: {token: sandbox}\n"
    )
