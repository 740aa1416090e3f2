"""What a model is made of: images, artifacts and environment variables, and how they are pinned."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from policies.azure_ml import deployment
from policies.pods import components, model_places, pods
from policies.properties import Property
from policies.resource_types import (
    AZURE_APP,
    AZURE_ML_DEPLOYMENT,
    AZURE_ML_ENVIRONMENT,
    AZURE_SLOT,
    CLOUD_RUN_SERVICE,
    CONFIG_MAP,
    FUNCTION,
    LANGUAGE_MODEL,
    MODEL,
    MODEL_GARDEN,
    SELDON_MODEL,
    TRAINED_MODEL,
)
from policies.tokens import fold
from policies.view import View

_LANGUAGE_MODEL: Final = fold(LANGUAGE_MODEL)
_SELDON_MODEL: Final = fold(SELDON_MODEL)
_TRAINED_MODEL: Final = fold(TRAINED_MODEL)
_CONFIG_MAP: Final = fold(CONFIG_MAP)
_APPS: Final = (AZURE_APP, AZURE_SLOT)
# What comes before the image of a container in an app's linuxFxVersion.
_DOCKER: Final = "DOCKER|"
DIGEST: Final = re.compile(r".+@sha256:[0-9a-f]{64}")
# AWS publishes its containers in registries of its own accounts (one or more per region, so the
# repository tells, not the account), under tags that name a version; a digest differs per region.
# https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html
VENDOR_IMAGE: Final = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/"
    r"(xgboost|linear-learner|kmeans|knn|pca|lda|ntm|ipinsights|blazingtext|factorization-machines"
    r"|randomcutforest|forecasting-deepar|object-detection|object2vec|image-classification"
    r"|semantic-segmentation|seq2seq"
    r"|sagemaker-(xgboost|scikit-learn|tritonserver|sparkml-serving|base-python|tensorflow-serving"
    r"|inference-[a-z]+)|(huggingface-)?(pytorch|tensorflow|mxnet|autogluon)-(tgi-)?inference"
    r"(-[a-z]+)?|djl-inference)"
    r":[0-9][A-Za-z0-9._-]*"
)


# A version as a part of the path, or between hyphens: /1.4.0/, /v3/, -2024-05-01., @<40 hex>; a run
# of MLflow, and a content of DVC by its hash, which parts it after two digits.
_PINNED: Final = re.compile(
    r"[0-9a-f]{40}|sha256[:-][0-9a-f]{64}|(^|/)[0-9a-f]{32}($|[/.])|(^|/)[0-9a-f]{2}/[0-9a-f]{30}($|\.)|(^|[/@:_-])v?\d+(\.\d+)*([-+.][0-9a-z.]+)?($|[/_.-])",
    re.IGNORECASE,
)
COMMIT: Final = re.compile(r"hf://[^@]+[@:][0-9a-f]{40}(/.*)?")
_MOVING: Final = re.compile(
    r"(^|[/@:=_-])(latest|main|master|head|current)($|[/_.?-])", re.IGNORECASE
)


def has_version(uri: str, version: str) -> bool:
    """Whether an address holds this version, or one of its own, and nothing that moves.

    The bucket or host does not count: `sagemaker-eu-west-1-…` is no version. A volume claim's name
    does, as a claim is one model's.
    """
    scheme, _, place = uri.rpartition("://")
    path = place.partition("/")[2] if scheme not in {"", "pvc"} else place
    whole = rf"(?<![0-9A-Za-z.]){re.escape(version)}(?![0-9A-Za-z])"
    named = bool(version) and re.search(whole, path) is not None
    return not _MOVING.search(path) and (named or _PINNED.search(path) is not None)


SECRET_NAME: Final = re.compile(
    r"(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)$",
    re.IGNORECASE,
)
_SECRET_VALUE: Final = re.compile(
    r"(AKIA|ASIA)[A-Z0-9]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----|hf_[A-Za-z0-9]{30,}"
    r"|gh[pousr]_[A-Za-z0-9]{36}|xox[abpr]-[A-Za-z0-9-]{10,}"
)
# One of these is in each: a search for them takes a hundredth of the expression's time.
_PARTS_OF_SECRETS: Final = ("AKIA", "ASIA", "-----BEGIN ", "hf_", "gh", "xox")
# What a reference, a path or a special token of a tokenizer looks like: not a secret by its name.
HARMLESS_VALUE: Final = re.compile(
    r"|true|false|arn:.*|/.*|[a-z]+://.*|<.*>|\[.*\]|\d{1,11}|.{1,7}"
)


def is_secret(value: str) -> bool:
    """Whether a text holds what is a key or a token by its looks."""
    return any(part in value for part in _PARTS_OF_SECRETS) and bool(_SECRET_VALUE.search(value))


def images(view: View) -> Iterator[Property]:
    """Every image that a resource names."""
    yield from _IMAGES.get(view.token, _of_pods)(view)


def _of_model(view: View) -> Iterator[Property]:
    for container in _containers_of_model(view):
        yield container.get("image")


def _containers_of_model(view: View) -> Iterator[Property]:
    for key in ("primaryContainer", "containers"):
        yield from view.get(key).items()


def _of_cloud_run(view: View) -> Iterator[Property]:
    for container in view.get("template", "containers").items():
        yield container.get("image")


def _of_environment(view: View) -> Iterator[Property]:
    # Major version 2 of the provider has another name for it.
    for key in ("properties", "environmentVersionProperties"):
        yield view.get(key, "image")


def _of_app(view: View) -> Iterator[Property]:
    version = view.get("siteConfig", "linuxFxVersion")
    text = version.text() or ""
    if text.startswith(_DOCKER):
        image = text.removeprefix(_DOCKER)
        yield Property(version.path, image, version.secret, version.unread)


def _of_pods(view: View) -> Iterator[Property]:
    for pod in pods(view):
        for container in pod.containers:
            yield container.place.get("image")


_IMAGES: Final[Mapping[str, Callable[[View], Iterator[Property]]]] = {
    MODEL: _of_model,
    FUNCTION: lambda view: iter([view.get("imageUri")]),
    CLOUD_RUN_SERVICE: _of_cloud_run,
    MODEL_GARDEN: lambda view: iter([view.get("modelConfig", "containerSpec", "imageUri")]),
    AZURE_ML_ENVIRONMENT: _of_environment,
    **dict.fromkeys(_APPS, _of_app),
}


def artifacts(view: View) -> Iterator[Property]:
    """Every address of a model's artifact that a resource names."""
    if view.token == MODEL:
        yield from _of_sagemaker(view)
    elif view.token == _LANGUAGE_MODEL:
        model = view.get("spec", "model")
        yield model.get("uri")
        for adapter in model.get("lora", "adapters").items():
            yield adapter.get("uri")
    elif view.token == _SELDON_MODEL:
        yield view.get("spec", "storageUri")
    elif view.token == _TRAINED_MODEL:
        yield view.get("spec", "model", "storageUri")
    elif view.token == AZURE_ML_DEPLOYMENT:
        yield deployment(view).get("model")
    else:
        for part in components(view):
            for place in model_places(part):
                yield place.get("storageUri")
                yield place.get("storage", "path")


def _of_sagemaker(view: View) -> Iterator[Property]:
    for key in ("primaryContainer", "containers"):
        for container in view.get(key).items():
            yield container.get("modelDataUrl")
            for source in container.get("modelDataSource").items():
                for s3 in source.get("s3DataSources").items():
                    yield s3.get("s3Uri")


Variables = Iterator[tuple[Property, Property]]


def variables(view: View) -> Variables:
    """Name and value of every environment variable that is set to a text, also by a ConfigMap."""
    yield from _VARIABLES.get(view.token, _variables_of_pods)(view)


def _variables_of_function(view: View) -> Variables:
    for environment in view.get("environment").items():
        yield from _named(environment.get("variables"))


def _variables_of_model(view: View) -> Variables:
    for container in _containers_of_model(view):
        yield from _named(container.get("environment"))


def _variables_of_cloud_run(view: View) -> Variables:
    for container in view.get("template", "containers").items():
        yield from _listed(container.get("envs"))


def _variables_of_pods(view: View) -> Variables:
    for pod in pods(view):
        for container in pod.containers:
            yield from _listed(container.place.get("env"))


def _listed(variables: Property) -> Iterator[tuple[Property, Property]]:
    for variable in variables.items():
        value = variable.get("value")
        if not value.absent:
            yield variable.get("name"), value


def _named(variables: Property) -> Iterator[tuple[Property, Property]]:
    for name, value in variables.entries():
        yield Property(value.path, name), value


_VARIABLES: Final[Mapping[str, Callable[[View], Variables]]] = {
    MODEL: _variables_of_model,
    FUNCTION: _variables_of_function,
    _CONFIG_MAP: lambda view: _named(view.get("data")),
    CLOUD_RUN_SERVICE: _variables_of_cloud_run,
    MODEL_GARDEN: lambda view: _listed(view.get("modelConfig", "containerSpec", "envs")),
    AZURE_ML_DEPLOYMENT: lambda view: _named(deployment(view).get("environmentVariables")),
    **dict.fromkeys(_APPS, lambda view: _listed(view.get("siteConfig", "appSettings"))),
}
