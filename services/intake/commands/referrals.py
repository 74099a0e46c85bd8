"""What became of a household's referrals, as the city's referrals tell it (report, 3.1a; network contract: grants).

Each event is one line of the timeline, whatever the order in which they come and however often. While the household
is helped, the partner may look at its contact data: from its acceptance on, an authority from the question on.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import File, file_in_charge, write_down
from services.intake.commands.releases import end_releases, issue_release
from services.intake.domain.days import german
from services.intake.domain.members import members_on
from services.intake.domain.referrals import ENDED, end_of_release, fields_for, is_told_again, opens_contact_data
from services.intake.inputs import IssueRelease, Recipient
from services.intake.tables import Consent, Timeline
from services.intake.tables.releases import Release
from shared.contracts.referrals import Referral
from shared.contracts.words import GrantEnd, LegalBasis, PartnerKind, Purpose, RecipientKind
from shared.messaging import Publisher, Received
from shared.web.german import clock, day
from shared.web.words import word

_WHO = "Vermittlung"
"""Who has entered it, in the timeline and in the release."""
_NOT_ISSUED = "release_not_issued"
_ENDINGS = frozenset(f"referral_{state.value}" for state in ENDED)


async def note_referral(session: AsyncSession, event: Received[Referral], now: datetime) -> None:
    """Write down what became of a referral, and open or end the partner's look at the contact data.

    People without a file, households that are not here, and files that another site has the number of are left out:
    whoever takes a file over is told anew how its open referrals stand.
    """
    publisher: Publisher = session.info["publisher"]
    file = await file_in_charge(session, event.data.household_id)
    if file is None or event.data.site != publisher.site:
        return
    by = Acting(_WHO, publisher.site, now)
    known = await _lines(session, file, event.data.referral_id)
    if not is_told_again(_kind(event.data), event.data.site, event.sequence, [_told(line) for line in known]):
        _write_down(session, by, file, event)
    ended = event.data.state in ENDED or any(line.kind in _ENDINGS for line in known)
    if ended:
        await end_releases(session, by, file, end_of_release(event.data), referral_id=event.data.referral_id)
    elif opens_contact_data(event.data) and file.is_open:
        await _open_contact_data(session, by, file, event.data, {line.kind for line in known})


def _kind(told: Referral) -> str:
    return told.event.replace("-", "_")


def _told(line: Timeline) -> tuple[str, str, int]:
    return line.kind, line.details.get("told_to", ""), line.details.get("sequence", 0)


async def _lines(session: AsyncSession, file: File, referral_id: UUID) -> list[Timeline]:
    """What the timeline says of this referral already."""
    found = await session.exec(
        select(Timeline).where(
            Timeline.household_id == file.household.id,
            col(Timeline.details)["referral_id"].astext == str(referral_id),
        )
    )
    return list(found.all())


def _write_down(session: AsyncSession, by: Acting, file: File, event: Received[Referral]) -> None:
    told = event.data
    write_down(
        session,
        by,
        file.household.id,
        _kind(told),
        on=told.on,
        offer_kind=told.kind,
        partner=told.partner,
        decline_reason=getattr(told, "reason", None) if told.state == "declined" else None,
        cancel_reason=getattr(told, "reason", None) if told.state == "cancelled" else None,
        outcome=getattr(told, "outcome", None),
        position=getattr(told, "position", None),
        appointments="; ".join(f"{day(at)}, {clock(at)} Uhr" for at in getattr(told, "appointments", ())) or None,
        referral_id=str(told.referral_id),
        told_to=told.site,
        sequence=event.sequence,
    )


async def _open_contact_data(session: AsyncSession, by: Acting, file: File, told: Referral, known: set[str]) -> None:
    """Issue the release, unless there is or was one for this referral: what the team has ended stays ended."""
    if await _had_release(session, file, told.referral_id):
        return
    wanted = await _wanted(session, by, file, told)
    if wanted is not None:
        await issue_release(session, by, file.household.id, wanted)
    elif _NOT_ISSUED not in known:
        write_down(session, by, file.household.id, _NOT_ISSUED, partner=told.partner, referral_id=str(told.referral_id))


async def _had_release(session: AsyncSession, file: File, referral_id: UUID) -> bool:
    """Handing the file over ends a release that is still due here."""
    found = await session.exec(
        select(Release.end_reason).where(Release.household_id == file.household.id, Release.referral_id == referral_id)
    )
    return any(reason is not GrantEnd.HANDED_OVER for reason in found.all())


async def _wanted(session: AsyncSession, by: Acting, file: File, told: Referral) -> IssueRelease | None:
    """The release that the referral needs; None where there is no basis for one (any more)."""
    if told.person_id is not None and told.person_id not in {p.id for p in members_on(file.persons, by.today)}:
        return None
    kind = RecipientKind.AUTHORITY if told.partner_kind is PartnerKind.AUTHORITY else RecipientKind.PARTNER
    fields = fields_for(told, protected=file.household.protected)
    needed = word(told.kind, "OfferKind")
    if told.basis is LegalBasis.CONSENT:
        consent = await _consent(session, file, told, kind)
        if consent is None:
            return None
        return IssueRelease(
            consent_id=consent.id,
            person_id=told.person_id,
            fields=fields,
            needed=consent.purpose_in_words or needed,
            referral_id=told.referral_id,
        )
    if told.basis is None:
        return None
    return IssueRelease(
        basis=told.basis,
        recipient=Recipient(kind=kind, slug=told.partner),
        purpose=Purpose.REFERRAL,
        reference=f"Vermittlung vom {german(told.requested_on or told.on)}, {word(told.basis, 'LegalBasis')}",
        person_id=told.person_id,
        fields=fields,
        needed=needed,
        referral_id=told.referral_id,
    )


async def _consent(session: AsyncSession, file: File, told: Referral, kind: RecipientKind) -> Consent | None:
    """The newest consent for this partner that still holds: the household's, or that of the person whom it is about."""
    found = await session.exec(
        select(Consent)
        .where(
            Consent.household_id == file.household.id,
            Consent.recipient_kind == kind,
            Consent.recipient_slug == told.partner,
            Consent.purpose == Purpose.REFERRAL,
            col(Consent.withdrawn_on).is_(None),
            col(Consent.person_id).is_(None) | (col(Consent.person_id) == told.person_id),
        )
        .order_by(col(Consent.id).desc())
        .limit(1)
    )
    return found.one_or_none()
