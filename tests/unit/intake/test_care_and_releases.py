"""The rules of releases and of the team's care for its work."""

from datetime import date, timedelta

import pytest

from services.intake.domain.care import check_due, check_substitute, check_team
from services.intake.domain.releases import ReleaseField, Wanted, fields_shown, fields_to_release, is_over, link_to
from shared.contracts.words import LegalBasis, RecipientKind
from shared.ids import uuid7
from shared.refusals import Invalid

TODAY = date(2017, 3, 31)
PHONE, ADDRESS, BIRTH = ReleaseField.PHONE, ReleaseField.ADDRESS, ReleaseField.BIRTH_DATE


def _wanted(
    *fields: ReleaseField,
    kind: RecipientKind = RecipientKind.PARTNER,
    basis: LegalBasis = LegalBasis.CONSENT,
    reference: str | None = None,
    ends_on: date | None = None,
) -> Wanted:
    return Wanted(kind, basis, frozenset(fields), reference, ends_on)


def test_a_release_shows_name_and_need_and_what_was_chosen() -> None:
    """The name and what is needed always, the rest only if it was chosen, in one order."""
    shown = fields_to_release(_wanted(ADDRESS, PHONE), protected=False, today=TODAY)
    assert shown == [ReleaseField.NAME, PHONE, ADDRESS, ReleaseField.NEEDED]


@pytest.mark.parametrize(
    ("wanted", "protected", "path"),
    [
        (_wanted(ADDRESS), True, "fields"),
        (_wanted(BIRTH), False, "fields"),
        (_wanted(BIRTH, kind=RecipientKind.AUTHORITY), False, "fields"),
        (_wanted(BIRTH, basis=LegalBasis.STATUTORY, reference="§ 36a SGB II"), False, "fields"),
        (_wanted(basis=LegalBasis.VITAL_INTEREST), False, "reference"),
        (_wanted(ends_on=TODAY - timedelta(1)), False, "ends_on"),
        (_wanted(ends_on=TODAY + timedelta(367)), False, "ends_on"),
    ],
)
def test_what_may_not_be_released(wanted: Wanted, protected: bool, path: str) -> None:
    """A protected address, an authority's fields to others, a basis without reference, a day that cannot be."""
    with pytest.raises(Invalid) as refused:
        fields_to_release(wanted, protected=protected, today=TODAY)
    assert refused.value.errors[0][0] == path


def test_an_authority_may_have_its_fields_on_a_statutory_basis() -> None:
    """Birth date and case number, where the law has it recognise the person."""
    wanted = _wanted(BIRTH, kind=RecipientKind.AUTHORITY, basis=LegalBasis.STATUTORY, reference="§ 36a SGB II")
    assert BIRTH in fields_to_release(wanted, protected=True, today=TODAY)


def test_the_last_day_still_counts() -> None:
    """A release is over when it was ended, or from the day after its last one."""
    assert not is_over(False, None, TODAY)
    assert not is_over(False, TODAY, TODAY)
    assert is_over(False, TODAY - timedelta(1), TODAY)
    assert is_over(True, None, TODAY)


def test_an_address_that_became_protected_is_left_out() -> None:
    """What was chosen before the marking does not outlive it."""
    assert fields_shown(["name", "address"], protected=True) == [ReleaseField.NAME]


def test_the_link_leads_to_the_site() -> None:
    """One slash, the release's id, the code."""
    assert link_to("https://a.example/", id_ := uuid7(), "xyz") == f"https://a.example/intake/shared/{id_}?code=xyz"


def test_a_task_is_for_today_or_later() -> None:
    """Not for yesterday, and not for the year after next."""
    assert check_due(TODAY, TODAY) == TODAY
    for day in (TODAY - timedelta(1), TODAY + timedelta(367)):
        with pytest.raises(Invalid):
            check_due(day, TODAY)


def test_a_substitute_is_somebody_else_of_the_team() -> None:
    """Nobody stands in for themselves or for nobody; strangers to the site look after no file."""
    check_substitute("amal", "neu")
    check_substitute(None, None)
    for owner, substitute in (("amal", "amal"), (None, "amal")):
        with pytest.raises(Invalid):
            check_substitute(owner, substitute)
    check_team(frozenset({"amal"}), owner="amal", substitute=None)
    with pytest.raises(Invalid) as refused:
        check_team(frozenset({"amal"}), owner="amal", substitute="fremd")
    assert refused.value.errors[0][0] == "substitute"
