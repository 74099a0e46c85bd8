"""Who in one file is whom in the other."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import pytest

from services.intake.domain.merges import alike, check_same, proposed
from shared.ids import uuid7
from shared.refusals import Invalid


@dataclass
class _Person:
    given_name: str
    birth_date: date | None = None
    id: UUID = field(default_factory=uuid7)


BORN = date(1980, 2, 29)


@pytest.mark.parametrize(
    ("one", "other", "may_be"),
    [
        (_Person("Mohammed", BORN), _Person("Muhamad", BORN), True),
        (_Person("Mohammed", BORN), _Person("محمد"), True),
        (_Person("Ali"), _Person("ALI"), True),
        (_Person("Mohammed", BORN), _Person("Mohammed", date(1981, 2, 28)), False),
        (_Person("Fatima", BORN), _Person("Khaled", BORN), False),
    ],
)
def test_one_person_has_one_name_and_one_birth_date(one: _Person, other: _Person, may_be: bool) -> None:
    """Spelling may differ and a date may be missing; twins with other names and fathers and sons are two."""
    assert alike(one, other) is alike(other, one) is may_be


def test_nobody_is_proposed_twice() -> None:
    """Of two who are called alike the first is taken, and the second is another person."""
    kept, absorbed = [_Person("Ahmad")], [_Person("Ahmed"), _Person("Achmed"), _Person("Ahmad")]
    assert proposed(kept, absorbed) == {absorbed[0].id: kept[0].id}


def test_pairs_must_make_sense() -> None:
    """Persons of other files, and two who would become one, are refused."""
    kept, absorbed = [_Person("Ahmad"), _Person("Rana")], [_Person("Ahmed"), _Person("Rania")]
    check_same({absorbed[0].id: kept[0].id, absorbed[1].id: kept[1].id}, kept, absorbed)
    for wrong in ({uuid7(): kept[0].id}, {absorbed[0].id: uuid7()}, {p.id: kept[0].id for p in absorbed}):
        with pytest.raises(Invalid):
            check_same(wrong, kept, absorbed)
