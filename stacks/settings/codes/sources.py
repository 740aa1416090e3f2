"""Codes of where a model, and what it is asked with, come from."""

from typing import Final

__all__ = ["SOURCE_CODES"]

SOURCE_CODES: Final[dict[str, tuple[str, str]]] = {
    "MS0560": (
        "Reference that moves",
        (
            "An alias, a label, a branch or a tag can mean another model tomorrow. An environment "
            "follows such names only where its file says `follow_aliases: true`; each preview then "
            "asks what they mean, and shows what has moved."
        ),
    ),
    "MS0561": (
        "No reference of that registry",
        ("The report says what the registry's references look like."),
    ),
    "MS0562": (
        "Version beside a reference that moves",
        (
            "Which version an alias means is known when its registry is asked; a version in the "
            "settings would be wrong as soon as the alias moves."
        ),
    ),
    "MS0563": (
        "Reference that nobody resolves",
        (
            "The registry does not know the model, refused to answer, or could not be reached; the "
            "report says which, and what to do. Nothing was changed."
        ),
    ),
    "MS0564": (
        "Files that are not to be loaded",
        (
            "A pickle runs code when it is loaded, and so does a repository with Python files or "
            "`auto_map`. Models come as safetensors or ONNX."
        ),
    ),
    "MS0565": (
        "Version of an object that the target cannot name",
        (
            "Only this project's own runtime reads one version of an object; other servers read "
            "what is there when a replica starts. For them the version is a part of the path."
        ),
    ),
    "MS0566": (
        "Gated model without a token",
        (
            "Whoever previews may read the model, and the servers that fetch it may not: they get "
            "their token from a Secret."
        ),
    ),
    "MS0567": (
        "Mirror that the target does not read",
        (
            "The environment keeps copies of its models, and none of its places is in a store that "
            "this target reads: S3 on AWS, Cloud Storage on Google Cloud, Blob Storage on Azure. "
            "The list `model_mirror` has a place for each cloud."
        ),
    ),
    "MS0568": (
        "Model that cannot be copied to the mirror",
        (
            "The source or the mirror refused, or is not there; the report says which, and what to "
            "do. Nothing was changed."
        ),
    ),
    "MS0580": (
        "Online features that do not fit their store",
        (
            "Redis has redis:// addresses and keys of hashes; Feast has http:// addresses, and the "
            "name of the view before each feature's. A key's template has each of the entity's "
            "keys once, and defaults are for features that are asked for."
        ),
    ),
    "MS0581": (
        "Online features said twice",
        (
            "`features` becomes the variable MODEL_SERVING_FEATURES. Take the variable away, or "
            "the key."
        ),
    ),
    "MS0582": (
        "Secret of a feature store that no variable has",
        (
            "`secret_variable` names the variable with the password or the token, which the "
            "target's own key for secret variables gives from a secret."
        ),
    ),
}
