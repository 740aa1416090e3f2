"""Rights below a path of a bucket in Cloud Storage."""

import pytest

from components.gcp.bucket_grant import bucket_and_path


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("gs://models/fraud/1.4.0/", "fraud/1.4.0/"),
        ("gs://models/fraud/model.onnx#1767225600000001", "fraud/model.onnx"),
        ("gs://models/fraud/a#b", "fraud/a#b"),
        ("gs://models", ""),
    ],
)
def test_a_generation_is_no_part_of_the_path(uri: str, path: str) -> None:
    assert bucket_and_path(uri) == ("models", path)
