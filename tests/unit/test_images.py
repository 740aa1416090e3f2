import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.images import is_of_a_cloud, mirrored, registry_of
from stacks.targets.mirror import in_mirror

_DIGEST = "@sha256:" + "1" * 64
_MIRROR = "mirror.corp:5000/hub"


@pytest.mark.parametrize(
    ("image", "registry", "copy"),
    [
        ("nginx", "docker.io", "docker.io/library/nginx"),
        ("seldonio/mlserver:1.7", "docker.io", "docker.io/seldonio/mlserver:1.7"),
        ("docker.io/seldonio/mlserver:1.7", "docker.io", "docker.io/seldonio/mlserver:1.7"),
        (f"quay.io/a/b{_DIGEST}", "quay.io", f"quay.io/a/b{_DIGEST}"),
        ("localhost/a", "localhost", "localhost/a"),
        ("registry:5000/a", "registry:5000", "registry:5000/a"),
    ],
)
def test_a_copy_is_below_the_name_of_its_registry(image: str, registry: str, copy: str) -> None:
    assert registry_of(image) == registry
    assert mirrored(image, _MIRROR) == f"{_MIRROR}/{copy}"


@pytest.mark.parametrize(
    "image",
    [
        f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/ranker{_DIGEST}",
        f"europe-docker.pkg.dev/p/r/ranker{_DIGEST}",
        f"models.azurecr.io/ranker{_DIGEST}",
    ],
)
def test_what_is_in_a_cloud_stays(image: str) -> None:
    assert is_of_a_cloud(image)
    assert mirrored(image, _MIRROR) == image


@pytest.mark.parametrize(
    "image",
    ["models.azurecr.io.evil.example/a", "evil-docker.pkg.dev.example/a", "azurecr.io/a", "a"],
)
def test_what_only_looks_like_one_does_not(image: str) -> None:
    assert not is_of_a_cloud(image)


@given(
    st.from_regex(
        r"([a-z]{1,8}\.[a-z]{2,3}/)?[a-z]{1,8}(/[a-z]{1,8})?(:[a-z0-9]{1,8})?", fullmatch=True
    )
)
def test_a_copy_is_its_own_copy(image: str) -> None:
    once = mirrored(image, _MIRROR)
    assert mirrored(once, _MIRROR) == once


def test_every_image_of_a_components_arguments() -> None:
    arguments = {
        "image": "quay.io/a/b",
        "download_image": "ghcr.io/c/d",
        "namespace": "quay.io/a/b",
        "parts": [{"name": "tokenizer", "image": "quay.io/e/f"}],
    }
    assert in_mirror(arguments, "m.corp") == {
        "image": "m.corp/quay.io/a/b",
        "download_image": "m.corp/ghcr.io/c/d",
        "namespace": "quay.io/a/b",
        "parts": [{"name": "tokenizer", "image": "m.corp/quay.io/e/f"}],
    }
