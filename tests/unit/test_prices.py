"""Prices by region, files of one's own, and what a month makes of them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.machines.choose import SOURCES, machines
from facts.prices.list_prices import MACHINE_SERVICES, list_prices, machine_item
from facts.prices.monthly import HOURS, Cost, Use, cost, costs
from facts.prices.table import COLUMNS, UNITS, Price, Priced, PriceTable, read

HEAD = ",".join(COLUMNS)
M5 = Priced("aws", "sagemaker", "ml.m5.large", "us-east-1")


def row(
    region: str = "us-east-1", price: str = "0.1", currency: str = "USD", item: str = "ml.m5.large"
) -> Price:
    day = date(2026, 7, 20)
    return Price("aws", "sagemaker", item, region, "hour", Decimal(price), currency, day, "ours")


def test_a_price_is_found_by_its_region() -> None:
    found = list_prices().find(M5)
    assert isinstance(found, Price)
    assert (found.price, found.unit, found.currency) == (Decimal("0.115"), "hour", "USD")
    assert found.date <= date(2026, 11, 26)
    assert not found.stands_in


@pytest.mark.parametrize("region", ["eu-west-1", None])
def test_a_price_of_another_region_is_unknown(region: str | None) -> None:
    found = list_prices().find(Priced("aws", "sagemaker", "ml.m5.large", region))
    assert isinstance(found, str)
    assert "us-east-1" in found


def test_what_is_in_no_list_is_unknown() -> None:
    found = list_prices().find(Priced("aws", "ec2", "m99.large", "us-east-1"))
    assert found == "no price of ec2 m99.large"


def test_another_region_stands_in_where_it_is_said_so() -> None:
    table = list_prices().over((), {"aws": "us-east-1"})
    found = table.find(Priced("aws", "sagemaker", "ml.m5.large", "eu-west-1"))
    assert isinstance(found, Price)
    assert (found.region, found.stands_in) == ("us-east-1", True)
    own = table.find(M5)
    assert isinstance(own, Price)
    assert not own.stands_in


def test_a_price_of_ones_own_comes_first() -> None:
    table = list_prices().over([row(price="0.05"), row("*", "0.07")], {"aws": "us-east-1"})
    here = table.find(M5)
    anywhere = table.find(Priced("aws", "sagemaker", "ml.m5.large", "eu-west-1"))
    assert isinstance(here, Price)
    assert isinstance(anywhere, Price)
    assert (here.price, anywhere.price) == (Decimal("0.05"), Decimal("0.07"))


def test_prices_in_another_currency_replace_the_list() -> None:
    table = list_prices().over([row(currency="EUR")], {})
    assert isinstance(table.find(M5), Price)
    assert isinstance(table.find(Priced("aws", "sagemaker", "ml.m5.xlarge", "us-east-1")), str)
    assert table.currency == "EUR"


def test_azure_takes_sizes_in_any_case() -> None:
    size, region = "standard_nc24ADS_a100_V4", SOURCES["azure"].region
    found = list_prices().find(Priced("azure", "virtual_machines", size, region))
    assert isinstance(found, Price)


def test_every_price_of_a_gpu_machine_is_there() -> None:
    for machine in machines():
        if machine.price_usd_per_hour is None:
            continue
        service = MACHINE_SERVICES[machine.cloud]
        region = SOURCES[machine.cloud].region
        what = Priced(machine.cloud, service, machine_item(machine), region)
        found = list_prices().find(what)
        assert isinstance(found, Price), machine.name
        assert found.price == Decimal(str(machine.price_usd_per_hour))


def test_the_list_names_day_and_source_and_nothing_twice() -> None:
    seen: set[tuple[str, ...]] = set()
    for price in list_prices().prices:
        key = (price.cloud, price.service, price.item, price.region)
        assert key not in seen
        seen.add(key)
        assert price.price > 0
        assert price.source
        assert date(2024, 1, 1) < price.date <= date(2026, 11, 26)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("aws,ec2,m5.large,*,hour,-1,USD,2026-07-20,ours", "price: got -1"),
        ("aws,ec2,m5.large,*,hour,nan,USD,2026-07-20,ours", "price: got nan"),
        ("aws,ec2,m5.large,*,hour,0.1,USD,20.7.2026,ours", "date: got 20.7.2026"),
        ("aws,ec2,m5.large,*,hour,0.1,Dollar,2026-07-20,ours", "currency: got Dollar"),
        ("aws,ec2,m5.large,*,month,0.1,USD,2026-07-20,ours", "unit: got month; use hour"),
        ("aws,ec3,m5.large,*,hour,0.1,USD,2026-07-20,ours", "service: got aws ec3"),
        ("aws,lambda,duration,*,gb_second,0.1,USD,2026-07-20,ours", "item: got duration"),
        ("aws,ec2,,*,hour,0.1,USD,2026-07-20,ours", "item: got nothing"),
        ("aws,ec2,m5.large,*,hour,0.1,USD,2026-07-20", "use 9 values"),
        ("aws,ec2,m5.large,*,hour,0.1,USD,2026-07-20,ours,more", "use 9 values"),
    ],
)
def test_a_wrong_row_is_refused(line: str, problem: str) -> None:
    prices, problems = read(f"{HEAD}\n{line}\n")
    assert prices == []
    assert len(problems) == 1
    assert problems[0].startswith("line 2: ")
    assert problem in problems[0]


def test_all_problems_are_said_at_once() -> None:
    lines = [
        "aws,ec2,m5.large,*,month,x,USD,2026-07-20,ours",
        "aws,ec2,m5.large,us-east-1,hour,0.1,USD,2026-07-20,ours",
        "aws,ec2,m5.large,us-east-1,hour,0.2,EUR,2026-07-20,ours",
    ]
    _, problems = read("\n".join([HEAD, *lines]))
    assert problems == [
        "line 2: price: got x; use a number, 0 or more",
        "line 2: unit: got month; use hour",
        "got prices in EUR and USD; use one currency",
        "got two prices of aws ec2 m5.large us-east-1; use one",
    ]


@pytest.mark.parametrize("text", ["", "cloud,price\naws,1\n"])
def test_a_file_without_the_columns_is_refused(text: str) -> None:
    prices, problems = read(text)
    assert prices == []
    assert problems[0].startswith("line 1: got the columns")


def test_a_month_has_730_hours() -> None:
    made = cost(Use(M5, Decimal(2), Decimal(3)), list_prices())
    assert made.floor.value == Decimal("0.115") * 2 * HOURS
    assert made.ceiling.value == Decimal("0.115") * 3 * HOURS
    assert [price.item for price in made.prices] == ["ml.m5.large"]


def test_none_of_what_has_no_price_costs_nothing() -> None:
    made = cost(Use(Priced("aws", "ec2", "m99", None), Decimal(0), Decimal(1)), list_prices())
    assert made.floor.value == 0
    assert made.ceiling.value is None


def test_a_count_that_nobody_bounds_is_unknown_with_its_reason() -> None:
    made = cost(Use(M5, Decimal(1), "no setting bounds it"), list_prices())
    assert made.floor.value is not None
    assert made.ceiling.unknown == ("no setting bounds it",)


TABLE = PriceTable((row(), row(item="ml.m5.xlarge", price="0.2")))
ITEMS = st.sampled_from(["ml.m5.large", "ml.m5.xlarge", "ml.m5.unpriced"])
COUNTS = st.integers(0, 10_000).map(Decimal)


@st.composite
def uses(draw: st.DrawFn) -> Use:
    """So many of something, with a price or none, bounded or not."""
    least, more = draw(COUNTS), draw(COUNTS)
    what = Priced("aws", "sagemaker", draw(ITEMS), "us-east-1")
    most: Decimal | str = draw(st.sampled_from([least + more, "unbounded"]))
    return Use(what, least, most)


@given(st.lists(uses(), max_size=6))
def test_the_floor_is_never_above_the_ceiling(given_uses: list[Use]) -> None:
    made = costs(given_uses, TABLE)
    if made.floor.value is not None and made.ceiling.value is not None:
        assert made.floor.value <= made.ceiling.value


@given(st.lists(uses(), max_size=6))
def test_unknown_never_becomes_a_number(given_uses: list[Use]) -> None:
    made = costs(given_uses, TABLE)
    unpriced = [use for use in given_uses if use.what.item == "ml.m5.unpriced"]
    unbounded = [use for use in given_uses if isinstance(use.most, str)]
    assert (made.floor.value is None) == any(use.least for use in unpriced)
    assert (made.ceiling.value is None) == (bool(unbounded) or any(use.most for use in unpriced))
    assert bool(made.ceiling.unknown) == (made.ceiling.value is None)


@given(st.lists(uses(), min_size=1, max_size=6), st.integers(1, 100))
def test_more_replicas_never_cost_less(given_uses: list[Use], more: int) -> None:
    first = given_uses[0]
    assert isinstance(first.least, Decimal)
    most = first.most if isinstance(first.most, str) else first.most + more
    grown = [Use(first.what, first.least + more, most), *given_uses[1:]]
    before, after = costs(given_uses, TABLE), costs(grown, TABLE)
    assert after.floor.known_part >= before.floor.known_part
    assert after.ceiling.known_part >= before.ceiling.known_part
    assert set(before.floor.unknown) <= set(after.floor.unknown)


@given(st.lists(uses(), max_size=6))
def test_the_order_of_uses_does_not_matter(given_uses: list[Use]) -> None:
    one, other = costs(given_uses, TABLE), costs(given_uses[::-1], TABLE)
    assert one.floor.known_part == other.floor.known_part
    assert set(one.ceiling.unknown) == set(other.ceiling.unknown)


def test_costs_of_two_models_add_up() -> None:
    one = cost(Use(M5, Decimal(1), Decimal(1)), list_prices())
    both = one + one
    assert both.floor.value == Decimal("0.115") * 2 * HOURS
    assert both.prices == one.prices
    assert (Cost() + one) == one


def test_every_unit_has_its_months() -> None:
    for (cloud, service), items in UNITS.items():
        for item, unit in items.items():
            name = "anything" if item == "*" else item
            what = Priced(cloud, service, name, "here")
            day = date(2026, 7, 20)
            price = Price(cloud, service, name, "here", unit, Decimal(1), "USD", day, "ours")
            made = cost(Use(what, Decimal(1), Decimal(1)), PriceTable((price,)))
            assert made.floor.value in {HOURS, HOURS * 3600}
