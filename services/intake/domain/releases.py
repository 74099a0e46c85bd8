"""Freigaben: what a recipient may see of a household, on which basis, until when (network contract: grants)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from services.intake.domain.days import german
from shared.contracts.words import LegalBasis, RecipientKind
from shared.refusals import Invalid

CODE_LASTS = timedelta(days=3)
"""How long a one-time code can be used (ours): a mail of Friday is read on Monday."""
MAX_DAYS = 366
"""No release is given for longer than a year (ours); who still needs it gets a new one."""


class ReleaseField(StrEnum):
    """Angabe, die eine Freigabe zeigen kann: name, contact and what is needed, nothing more."""

    NAME = "name"
    LANGUAGES = "languages"
    PHONE = "phone"
    ADDRESS = "address"
    NEEDED = "needed"
    BIRTH_DATE = "birth_date"
    CASE_NUMBER = "case_number"


ALWAYS = (ReleaseField.NAME, ReleaseField.NEEDED)
"""Without these a release tells its recipient nothing."""
_FOR_AUTHORITIES = frozenset({ReleaseField.BIRTH_DATE, ReleaseField.CASE_NUMBER})
"""An authority recognises a person by these, where the law has it do so (domain rule 6); nobody else gets them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall be released, as far as the rules ask."""

    kind: RecipientKind
    basis: LegalBasis
    fields: frozenset[ReleaseField]
    reference: str | None
    ends_on: date | None


def fields_to_release(wanted: Wanted, *, protected: bool, today: date) -> list[ReleaseField]:
    """The fields that the recipient will see, in their order. Raises `Invalid`.

    A protected address is in no release (domain rule 14); a basis other than consent is named.
    """
    if wanted.basis is not LegalBasis.CONSENT and not wanted.reference:
        raise Invalid(
            "reference", "Bitte angeben, worauf sich die Freigabe stützt, zum Beispiel die Vorschrift oder den Anlass."
        )
    if protected and ReleaseField.ADDRESS in wanted.fields:
        raise Invalid(
            "fields", "Diese Adresse ist geschützt und wird nicht freigegeben. Bitte nur die anderen Angaben wählen."
        )
    for_authority = wanted.kind is RecipientKind.AUTHORITY and wanted.basis is LegalBasis.STATUTORY
    if not for_authority and wanted.fields & _FOR_AUTHORITIES:
        raise Invalid(
            "fields", "Geburtsdatum und Aktenzeichen bekommt nur eine Behörde, auf Grund ihrer gesetzlichen Aufgabe."
        )
    _check_end(wanted.ends_on, today)
    return in_order({*ALWAYS, *wanted.fields})


def _check_end(ends_on: date | None, today: date) -> None:
    if ends_on is None:
        return
    if ends_on < today:
        raise Invalid("ends_on", "Der Tag liegt in der Vergangenheit. Bitte heute oder einen späteren Tag angeben.")
    if ends_on > (latest := today + timedelta(days=MAX_DAYS)):
        raise Invalid("ends_on", f"Eine Freigabe gilt höchstens ein Jahr, hier bis zum {german(latest)}.")


def in_order(fields: Iterable[ReleaseField | str]) -> list[ReleaseField]:
    """Each field once, as a page lists them."""
    wanted = {ReleaseField(field) for field in fields}
    return [field for field in ReleaseField if field in wanted]


def fields_shown(fields: Iterable[str], *, protected: bool) -> list[ReleaseField]:
    """What a look shows today: a household that was marked as protected since then keeps its address to itself."""
    return [field for field in in_order(fields) if not (protected and field is ReleaseField.ADDRESS)]


def is_over(ended: bool, ends_on: date | None, today: date) -> bool:
    """Whether the recipient sees nothing any more; the last day still counts."""
    return ended or (ends_on is not None and ends_on < today)


def link_to(origin: str, release_id: UUID, code: str | None = None) -> str:
    """Where the recipient opens the release; `origin` is the site's gateway, a code spares the sign-in once."""
    return f"{origin.rstrip('/')}/intake/shared/{release_id}" + (f"?code={code}" if code else "")
