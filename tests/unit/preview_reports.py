"""Reports of previews made of nothing: as many models, findings and resources as a test wants."""

from delivery.reporting.report import (
    Amount,
    Check,
    CheckState,
    Cost,
    Counts,
    Difference,
    EnvironmentReport,
    Finding,
    Loss,
    ModelChange,
    Operation,
    Pair,
    Report,
    ResourceChange,
    Step,
    Verdict,
    Warned,
)

CHECKS = ("owner", "approver", "review_date", "pinned", "monitoring", "slo", "rollback", "tested")


def amount(monthly: float | None, *unknown: str) -> Amount:
    return Amount(monthly=monthly, known_part=monthly or 0.0, unknown=list(unknown))


def change(name: str, text: str = "x") -> ModelChange:
    return ModelChange(
        name=name,
        operation=Operation.CHANGED,
        owner=f"team-{text}",
        target=Pair(before="sagemaker", after="sagemaker"),
        version=Pair(before="1.4.0", after="1.4.0"),
        candidate=Pair(before="1.5.0", after=text),
        replicas=Pair(before="1-2", after="2-6"),
        traffic=Pair(before="1.4.0 50 %, 1.5.0 50 %", after=f"1.4.0 80 %, {text} 20 %"),
        slo=Pair(before=text, after=text),
        cost=Cost(
            currency="USD",
            floor_before=amount(251.85),
            floor_after=amount(503.7),
            ceiling_before=amount(335.8),
            ceiling_after=amount(None, f"no price of {text}"),
        ),
        timeline=[
            Step(at_seconds=0, share_percent=10, says=f"10 % of the requests go to {text}"),
            Step(at_seconds=300, share_percent=100, says=f"100 % of the requests go to {text}"),
        ],
        settings=[Difference(model=name, setting="max_replicas", before="2", after=text)],
        resources=3,
        url=f"https://{text}.example.com",
        callers=[f"namespace {text}"],
    )


def finding(number: int, model: str, *, blocks: bool, text: str = "x") -> Finding:
    return Finding(
        rule=f"security/rule-{number}",
        blocks=blocks,
        severity="high",
        model=model,
        owner=f"team-{text}",
        title=f"Something of {text} is open.",
        details=[f"kmsKeyArn: found {text}; expected the ARN of a KMS key"],
        fix=f"Set kmsKeyArn to {text}.",
        docs="docs/guardrails.md",
        resource=f"{model}-endpoint",
        urn=f"urn:pulumi:dev::p::t::{model}",
        file=f"stacks/models/{model}.yaml",
        line=3,
    )


def environment(
    models: int = 1,
    *,
    name: str = "dev",
    text: str = "x",
    rules: int = 1,
    blocks: bool = True,
    resources: int = 3,
) -> EnvironmentReport:
    """Each model with so many resources and a finding of each rule."""
    names = [f"model-{number:03}" for number in range(models)]
    return EnvironmentReport(
        environment=name,
        verdict=Verdict.BLOCKED if blocks else Verdict.READY,
        sentence=f"{name}: {models} models change ({text}).",
        losses=[
            Loss(
                model=each,
                operation="replace",
                resource=f"{each}-{text}",
                type="aws:sagemaker/endpoint:Endpoint",
                reason=f"name: a → {text}, replaces",
                says="The new one is made first.",
                url=f"https://{text}",
                callers=[text],
            )
            for each in names
        ],
        models=[change(each, text) for each in names],
        models_unchanged=2,
        counts=Counts(update=resources * models, same=7),
        cost=Cost(currency="USD", floor_after=amount(1.0), ceiling_after=amount(2.0)),
        cost_notes=[f"stands in: {text}"],
        findings=[
            finding(number, each, blocks=blocks, text=text)
            for number in range(rules)
            for each in names
        ],
        exemptions=[f"security/x: until 2027-01-31, by {text}"],
        warnings=[Warned(model=each, says=f"slo: {text}") for each in names],
        compared_with="staging",
        differences=[
            Difference(model=each, setting="max_replicas", before=text, after="6") for each in names
        ],
        checklist=[
            Check(id=each, title=f"Item {each}", state=CheckState.MISSING, says=text, models=names)
            for each in CHECKS
        ],
        resources=[
            ResourceChange(
                urn=f"urn::{each}-{number}",
                type="aws:sagemaker/endpoint:Endpoint",
                name=f"{each}-{text}-{number}",
                model=each,
                operation="update",
                paths=[f"weights.candidate: 50 → {text}"],
            )
            for each in names
            for number in range(resources)
        ],
    )


def report(*environments: EnvironmentReport) -> Report:
    return Report(environments=list(environments))
