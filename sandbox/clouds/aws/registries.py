"""Accounts of AWS's own container registries: where SageMaker's prebuilt images are.

Source: https://github.com/aws/sagemaker-python-sdk, src/sagemaker/image_uri_config (xgboost.json,
sklearn.json, pytorch.json, huggingface-llm.json), as the Terraform AWS provider carries them for
`aws_sagemaker_prebuilt_ecr_image`; the commercial regions, read in 2026.
"""

from sandbox.check import nearest
from sandbox.clouds.base import RefusedError

__all__ = ["registry"]

_XGBOOST = {
    "af-south-1": "510948584623",
    "ap-east-1": "651117190479",
    "ap-northeast-1": "354813040037",
    "ap-northeast-2": "366743142698",
    "ap-northeast-3": "867004704886",
    "ap-south-1": "720646828776",
    "ap-south-2": "628508329040",
    "ap-southeast-1": "121021644041",
    "ap-southeast-2": "783357654285",
    "ap-southeast-3": "951798379941",
    "ap-southeast-4": "106583098589",
    "ca-central-1": "341280168497",
    "ca-west-1": "190319476487",
    "eu-central-1": "492215442770",
    "eu-central-2": "680994064768",
    "eu-north-1": "662702820516",
    "eu-south-1": "978288397137",
    "eu-south-2": "104374241257",
    "eu-west-1": "141502667606",
    "eu-west-2": "764974769150",
    "eu-west-3": "659782779980",
    "il-central-1": "898809789911",
    "me-central-1": "272398656194",
    "me-south-1": "801668240914",
    "sa-east-1": "737474898029",
    "us-east-1": "683313688378",
    "us-east-2": "257758044811",
    "us-west-1": "746614075791",
    "us-west-2": "246618743249",
}

_DEEP_LEARNING = {
    "af-south-1": "626614931356",
    "ap-east-1": "871362719292",
    "ap-northeast-1": "763104351884",
    "ap-northeast-2": "763104351884",
    "ap-northeast-3": "364406365360",
    "ap-south-1": "763104351884",
    "ap-south-2": "772153158452",
    "ap-southeast-1": "763104351884",
    "ap-southeast-2": "763104351884",
    "ap-southeast-3": "907027046896",
    "ap-southeast-4": "457447274322",
    "ca-central-1": "763104351884",
    "ca-west-1": "204538143572",
    "eu-central-1": "763104351884",
    "eu-central-2": "380420809688",
    "eu-north-1": "763104351884",
    "eu-south-1": "692866216735",
    "eu-south-2": "503227376785",
    "eu-west-1": "763104351884",
    "eu-west-2": "763104351884",
    "eu-west-3": "763104351884",
    "il-central-1": "780543022126",
    "me-central-1": "914824155844",
    "me-south-1": "217643126080",
    "sa-east-1": "763104351884",
    "us-east-1": "763104351884",
    "us-east-2": "763104351884",
    "us-west-1": "763104351884",
    "us-west-2": "763104351884",
}

_REPOSITORIES = {
    **dict.fromkeys(
        (
            "sagemaker-scikit-learn",
            "sagemaker-sparkml-serving",
            "sagemaker-xgboost",
            "tei",
            "tei-cpu",
        ),
        _XGBOOST,
    ),
    **dict.fromkeys(
        (
            "autogluon-inference",
            "autogluon-training",
            "djl-inference",
            "huggingface-pytorch-inference",
            "huggingface-pytorch-inference-neuron",
            "huggingface-pytorch-inference-neuronx",
            "huggingface-pytorch-tgi-inference",
            "huggingface-pytorch-training",
            "huggingface-tensorflow-inference",
            "huggingface-tensorflow-training",
            "mxnet-inference",
            "mxnet-training",
            "pytorch-inference",
            "pytorch-inference-graviton",
            "pytorch-inference-neuronx",
            "pytorch-training",
            "sagemaker-tritonserver",
            "stabilityai-pytorch-inference",
            "tensorflow-inference",
            "tensorflow-inference-graviton",
            "tensorflow-training",
        ),
        _DEEP_LEARNING,
    ),
}


def registry(repository: str, region: str) -> str:
    """The account whose registry has the repository in the region.

    Raises:
        RefusedError: The sandbox knows no such repository, or AWS does not have it there.
    """
    accounts = _REPOSITORIES.get(repository)
    if accounts is None:
        meant = nearest(repository, _REPOSITORIES)
        hint = f'; did you mean "{meant}"?' if meant else ""
        raise RefusedError(
            f'repositoryName: got "{repository}"; the sandbox knows'
            f" {', '.join(sorted(_REPOSITORIES))}{hint}"
        )
    account = accounts.get(region)
    if account is None:
        raise RefusedError(
            f"no registry ID available for region ({region}) and repository ({repository})"
        )
    return account
