"""In which major of an event a partner's program is told, while there are two; entered by `lokal partner move`.

A topic exchange knows no "all but": bound to two majors, a partner's queue would hold each fact twice. So its own copy
is written once, in the major that it reads; and who still reads a former one is known, because nobody else gets it.
"""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.acting import Acting
from services.referrals.tables import FormerMajor, Partner, PartnerAccess, Webhook
from shared.contracts import Event
from shared.contracts.asyncapi import is_addressed, name_of
from shared.contracts.base import catalogue, published_majors
from shared.refusals import Invalid, Missing


async def as_read_by(session: AsyncSession, partner_id: UUID, copy: Event) -> Event:
    """A partner's copy in the major that its program reads; the oldest that is still published, if that one is over."""
    former = copy.in_former_major()
    if former is None:
        return copy
    reads = await session.get(FormerMajor, (partner_id, copy.event))
    while reads is not None and former is not None and reads.major < copy.major:
        copy, former = former, former.in_former_major()
    return copy


async def move(session: AsyncSession, by: Acting, slug: str, version: str) -> type[Event]:
    """From now on the partner's program is told in this version, e.g. `referral-cancelled.v2`; also back again.

    Raises `Invalid` for a version that is not published or not addressed to partners, `Missing` for the partner.
    """
    partner = (await session.exec(select(Partner).where(Partner.slug == slug))).one_or_none()
    if partner is None:
        raise Missing(f"Der Partner {slug}")
    majors = {name_of(each): each for each in _in_transition()}
    if version not in majors:
        raise Invalid("version", f"Möglich ist: {', '.join(majors) or 'nichts, jedes Ereignis gibt es nur einmal'}.")
    wanted = majors[version]
    reads = await session.get(FormerMajor, (partner.id, wanted.event), with_for_update=True)
    if wanted is published_majors(wanted.event)[0]:
        if reads is not None:
            await session.delete(reads)
    elif reads is None or reads.major != wanted.major:
        await session.merge(FormerMajor(partner_id=partner.id, event=wanted.event, major=wanted.major, since=by.now))
    await session.flush()
    return wanted


async def readers(session: AsyncSession) -> dict[type[Event], list[str]]:
    """Each former major that is still published, with the partners that are told in it; none: it can end.

    A partner counts while its system is connected, or it has a webhook.
    """
    connected = select(PartnerAccess.partner_id).where(col(PartnerAccess.revoked_at).is_(None))
    query = (
        select(FormerMajor.event, FormerMajor.major, Partner.slug)
        .join(Partner, col(Partner.id) == col(FormerMajor.partner_id))
        .where(col(Partner.id).in_(connected) | col(Partner.id).in_(select(Webhook.partner_id)))
        .order_by(Partner.slug)
    )
    found: dict[type[Event], list[str]] = {each: [] for each in _in_transition() if each.ending is not None}
    for event, major, slug in (await session.exec(query)).all():
        for each, theirs in found.items():
            if (each.event, each.major) == (event, major):
                theirs.append(slug)
    return found


def _in_transition() -> list[type[Event]]:
    """Every major of the events that partners are told in more than one."""
    names = sorted({each.event for each in catalogue().values() if each.ending is not None and is_addressed(each)})
    return [each for name in names for each in reversed(published_majors(name))]
