"""How a Lambda model's cold-start budget is kept."""

from facts.lambda_cold_start import Choice, Package, choose, cold_start_ms
from facts.lambda_serving import SNAP_START_MISSING_REGIONS, SNAP_START_STORAGE_MIB
from stacks.settings.lambda_function import LambdaModel

__all__ = ["chosen", "is_pulled", "package"]


def is_pulled(uri: str) -> bool:
    """Whether each instance fetches the model, instead of finding it in package or image."""
    return uri.startswith("s3:")


def package(
    model: LambdaModel, region: str | None, *, zip_mib: float = 0, model_mib: float | None = None
) -> Package:
    """What an instance begins with; sizes that are not known count as nothing."""
    return Package(
        None if model.model.image else zip_mib,
        model.cold_start.model_mib or model_mib,
        pulled=is_pulled((model.candidate or model.model).uri),
        snap_startable=(
            model.model.image is None
            and region not in SNAP_START_MISSING_REGIONS
            and SNAP_START_STORAGE_MIB.allows(model.ephemeral_storage_mib or 512)
        ),
    )


def chosen(model: LambdaModel, of: Package) -> Choice:
    """The mode that the file says, or the cheapest one that keeps its budget."""
    mode, budget = model.cold_start.mode, model.cold_start.budget_ms
    if mode is None and model.min_replicas:
        mode = "provisioned"
    if mode is None and budget is not None:
        return choose(budget, of)
    return Choice(mode or "none", cold_start_ms(of, mode or "none"))
