"""Releases: a recipient may look at what it needs, at the site, until it ends (network contract: grants).

The data never leaves with it: events name the release and the recipient. Every release ends with the consent on which
it rests, with the file, and when the file goes to another site.
"""

from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import File, open_file, write_down
from services.intake.domain.days import day_of, german
from services.intake.domain.releases import Wanted, fields_to_release, is_over
from services.intake.inputs import IssueRelease
from services.intake.tables import Consent
from services.intake.tables.releases import Release
from shared.contracts.intake import GrantEnded, GrantIssued
from shared.contracts.words import GrantEnd
from shared.messaging import outbox
from shared.refusals import Conflict, Invalid, Missing


async def issue_release(session: AsyncSession, by: Acting, household_id: UUID, wanted: IssueRelease) -> Release:
    """Let a recipient look, by a consent for this very recipient and purpose or on another named basis.

    Raises `Invalid` for what the rules do not allow, `Conflict` where the recipient already may.
    """
    file = await open_file(session, household_id)
    file.require_open()
    release = await _as_wanted(session, by, file, wanted)
    release.fields = _fields(by, file, release, wanted)
    for other in await open_releases(session, household_id):
        if not is_over(other.ended_at is not None, other.ends_on, by.today) and _same_right(other, release):
            raise Conflict("Dieser Empfänger hat dafür schon eine Freigabe. Bitte zuerst die andere beenden.")
    await _issue(session, by, release)
    return release


async def end_release(
    session: AsyncSession, by: Acting, household_id: UUID, release_id: UUID, reason: GrantEnd = GrantEnd.REVOKED
) -> Release:
    """The recipient sees nothing any more, from now on. Also in a closed file."""
    await open_file(session, household_id)
    release = await release_of(session, household_id, release_id)
    if release.ended_at is not None:
        raise Conflict(f"Die Freigabe ist schon am {german(day_of(release.ended_at))} beendet worden.")
    await _end(session, by, release, reason)
    return release


async def end_releases(
    session: AsyncSession,
    by: Acting,
    file: File,
    reason: GrantEnd,
    *,
    person_id: UUID | None = None,
    referral_id: UUID | None = None,
    assignment_id: UUID | None = None,
) -> None:
    """End every release of the file that still holds, or those about one person, for one referral or one assignment."""
    for release in await open_releases(session, file.household.id):
        if (
            person_id in (None, release.person_id)
            and referral_id in (None, release.referral_id)
            and assignment_id in (None, release.assignment_id)
        ):
            await _end(session, by, release, reason)


async def end_releases_of_consent(session: AsyncSession, by: Acting, consent: Consent) -> None:
    """A withdrawn consent ends at once what rested on it."""
    for release in await open_releases(session, consent.household_id):
        if release.consent_id == consent.id:
            await _end(session, by, release, GrantEnd.CONSENT_WITHDRAWN)


async def reissue_releases(session: AsyncSession, by: Acting, file: File, ended: list[dict[str, Any]]) -> None:
    """Issue anew, with ids of their own, the releases that the handing over has ended.

    `ended` are the letter's rows of the table, which are entered already. What was replaced after an earlier handing
    over, has run out meanwhile, or rests on a consent that was withdrawn since is not issued again.
    """
    named = {str(row["id"]) for row in ended if row["end_reason"] == GrantEnd.HANDED_OVER}
    rows = (await session.exec(select(Release).where(Release.household_id == file.household.id))).all()
    replaced = {release.replaces for release in rows}
    for old in sorted(rows, key=lambda release: release.id):
        is_due = str(old.id) in named and old.id not in replaced and not is_over(False, old.ends_on, by.today)
        if is_due and await _still_allowed(session, old):
            await _issue(session, by, _anew(by, old))


async def open_releases(session: AsyncSession, household_id: UUID) -> list[Release]:
    """The releases of a household that nobody has ended, the oldest first."""
    found = await session.exec(
        select(Release)
        .where(Release.household_id == household_id, col(Release.ended_at).is_(None))
        .order_by(col(Release.id))
    )
    return list(found.all())


async def release_of(session: AsyncSession, household_id: UUID, release_id: UUID) -> Release:
    """A release of this household. Raises `Missing`."""
    release = (
        await session.exec(select(Release).where(Release.id == release_id, Release.household_id == household_id))
    ).one_or_none()
    if release is None:
        raise Missing("Die Freigabe")
    return release


async def end_expired_releases(session: AsyncSession, by: Acting) -> int:
    """End what has run out, so that others hear of it; recipients see nothing from the day on anyway."""
    households = (
        await session.exec(
            select(Release.household_id)
            .where(col(Release.ended_at).is_(None), col(Release.ends_on) < by.today)
            .distinct()
            .order_by(col(Release.household_id))
        )
    ).all()
    ended = 0
    for household_id in households:
        await open_file(session, household_id)
        for release in await open_releases(session, household_id):
            if is_over(False, release.ends_on, by.today):
                await _end(session, by, release, GrantEnd.EXPIRED)
                ended += 1
    return ended


def _fields(by: Acting, file: File, release: Release, wanted: IssueRelease) -> list[str]:
    asked = Wanted(release.recipient_kind, release.basis, frozenset(wanted.fields), release.reference, release.ends_on)
    return [*fields_to_release(asked, protected=file.household.protected, today=by.today)]


async def _as_wanted(session: AsyncSession, by: Acting, file: File, wanted: IssueRelease) -> Release:
    """The release with its recipient, from the consent or as named."""
    if wanted.person_id is not None and wanted.person_id not in file.histories:
        raise Invalid("person_id", "Diese Person gibt es in diesem Haushalt nicht.")
    consent = wanted.consent_id and await _consent(session, file, wanted.consent_id)
    return Release(
        **(_by_consent(wanted, consent) if consent else _as_named(wanted)),
        household_id=file.household.id,
        basis=wanted.basis,
        reference=wanted.reference,
        ends_on=wanted.ends_on,
        referral_id=wanted.referral_id,
        assignment_id=wanted.assignment_id,
        fields=[],
        issued_at=by.now,
        issued_by=by.who,
    )


def _by_consent(wanted: IssueRelease, consent: Consent) -> dict[str, Any]:
    if consent.person_id is not None and wanted.person_id not in (None, consent.person_id):
        raise Invalid("person_id", "Die Einwilligung hat eine andere Person gegeben, nur für sich.")
    return {
        "consent_id": consent.id,
        "person_id": wanted.person_id or consent.person_id,
        "recipient_kind": consent.recipient_kind,
        "recipient_slug": consent.recipient_slug,
        "recipient_id": consent.recipient_id,
        "purpose": consent.purpose,
        "needed": wanted.needed or consent.purpose_in_words,
    }


def _as_named(wanted: IssueRelease) -> dict[str, Any]:
    assert wanted.recipient is not None  # noqa: S101  (the input demands both without a consent)
    return {
        "person_id": wanted.person_id,
        "recipient_kind": wanted.recipient.kind,
        "recipient_slug": wanted.recipient.slug,
        "recipient_id": wanted.recipient.id,
        "purpose": wanted.purpose,
        "needed": wanted.needed,
    }


async def _consent(session: AsyncSession, file: File, consent_id: UUID) -> Consent:
    consent = await session.get(Consent, consent_id)
    if consent is None or consent.household_id != file.household.id:
        raise Invalid("consent_id", "Diese Einwilligung gibt es in dieser Akte nicht.")
    if consent.withdrawn_on is not None:
        raise Invalid("consent_id", f"Diese Einwilligung ist am {german(consent.withdrawn_on)} widerrufen worden.")
    return consent


async def _still_allowed(session: AsyncSession, release: Release) -> bool:
    if release.consent_id is None:
        return True
    consent = await session.get(Consent, release.consent_id)
    return consent is not None and consent.withdrawn_on is None


def _anew(by: Acting, old: Release) -> Release:
    kept = old.model_dump(exclude={"id", "issued_at", "issued_by", "ended_at", "end_reason", "replaces"})
    return Release(**kept, issued_at=by.now, issued_by=by.who, replaces=old.id)


def _same_right(one: Release, other: Release) -> bool:
    return all(
        getattr(one, name) == getattr(other, name)
        for name in (
            *("recipient_kind", "recipient_slug", "recipient_id", "purpose", "person_id", "basis"),
            *("referral_id", "assignment_id"),
        )
    )


async def _issue(session: AsyncSession, by: Acting, release: Release) -> None:
    session.add(release)
    await session.flush()
    await outbox.add(
        session,
        GrantIssued(**_state(release), basis=release.basis, consent_id=release.consent_id, ends_on=release.ends_on),
    )
    _write_down(session, by, release, "release_issued")


async def _end(session: AsyncSession, by: Acting, release: Release, reason: GrantEnd) -> None:
    """End it; what has run out before ends as expired, whatever ends it now."""
    release.ended_at = by.now
    release.end_reason = GrantEnd.EXPIRED if is_over(False, release.ends_on, by.today) else reason
    session.add(release)
    await session.flush()
    await outbox.add(session, GrantEnded(**_state(release), reason=release.end_reason))
    _write_down(session, by, release, "release_ended")


def _state(release: Release) -> dict[str, Any]:
    return {
        "household_id": release.household_id,
        "grant_id": release.id,
        "recipient": {
            "kind": release.recipient_kind,
            "slug": release.recipient_slug,
            "id": release.recipient_id,
        },
        "purpose": release.purpose,
        "referral_id": release.referral_id,
        "assignment_id": release.assignment_id,
    }


def _write_down(session: AsyncSession, by: Acting, release: Release, kind: str) -> None:
    write_down(
        session,
        by,
        release.household_id,
        kind,
        recipient_kind=release.recipient_kind,
        recipient=release.recipient_slug,
        purpose=release.purpose,
        end_reason=release.end_reason,
    )
