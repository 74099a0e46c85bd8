"""Every page of the house, in every size, for the eye, the keyboard, the screen reader and the printer."""

from urllib.parse import urlsplit

import pytest

from tests.browser.addresses import EXAMPLES, Example, routes
from tests.browser.checks import check
from tests.browser.house import House
from tests.browser.visitors import Visitors

LOOKED_AT = [example for example in EXAMPLES if example.leads_to is None]
LEADING_ON = [example for example in EXAMPLES if example.leads_to is not None]


@pytest.mark.parametrize("route", routes())
def test_no_page_is_forgotten(route: str) -> None:
    """For every page of the route tables there is an address at which it is looked at."""
    assert route in {example.route for example in EXAMPLES}


def test_no_example_is_left_over() -> None:
    """Every example is one of a page that there is."""
    assert {example.route for example in EXAMPLES} - {None} <= set(routes())


@pytest.mark.parametrize("example", LOOKED_AT, ids=lambda example: example.name)
def test_page(example: Example, house: House, visitors: Visitors) -> None:
    """The page fits every size, shows its next action, can be used by keyboard and reader, and prints."""
    findings = check(visitors.of(example.account), example, house)
    assert {what: found for what, found in findings.items() if found} == {}


@pytest.mark.parametrize("example", LEADING_ON, ids=lambda example: example.name)
def test_address_that_leads_on(example: Example, house: House, visitors: Visitors) -> None:
    """An address without a page of its own leads to one that is looked at."""
    page = visitors.of(example.account).new_page()
    page.goto(example.url(house))
    assert urlsplit(page.url).path == example.leads_to
    assert example.leads_to in {other.route for other in LOOKED_AT}
    page.close()
