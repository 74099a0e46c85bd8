"""A file goes from one site to another (domain rule 1; report, §2.1b): what the sending site does.

The steps S1 to S4 of docs/architecture/handover.md, in one transaction; `arrivals` is the receiving side.
"""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import any_, func, literal, or_, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import File, open_file, write_down
from services.intake.commands.interpreters import end_wishes
from services.intake.commands.letters import write_letter
from services.intake.commands.releases import end_releases
from services.intake.commands.sites import registered_sites
from services.intake.commands.whole_file import forget, letter_of, with_merged
from services.intake.domain.charge import Standing, in_charge
from services.intake.domain.handovers import known
from services.intake.tables import Contact, Household, Residence
from services.intake.tables.erasures import Erasure
from services.intake.tables.handovers import ContactPassedOn, Expected, LetterOut, PassedOn
from services.intake.tables.volunteers import WishEnd
from shared.contracts.intake import HouseholdHandedOver
from shared.contracts.words import District, GrantEnd, HandoverStage
from shared.ids import uuid7
from shared.letters import LetterKind, steps
from shared.messaging import Publisher, outbox
from shared.refusals import Conflict

_LOCK = text("select pg_advisory_xact_lock(hashtextextended(cast(:id as text), 0))")
_AT_ONCE = 100
"""Files that one request hands over: each is read as a whole, and all of them stay locked until the end."""


async def lock_household(session: AsyncSession, household_id: UUID) -> Household | None:
    """Nobody else takes, gives up or changes this household until the transaction ends, whether it is here or not.

    The row alone cannot be locked before it is there: two letters for one household would not wait for each other.
    """
    await session.execute(_LOCK, {"id": str(household_id)})
    found = await session.exec(select(Household).where(Household.id == household_id).with_for_update())
    return found.one_or_none()


async def known_charge(session: AsyncSession, household: Household | None, household_id: UUID) -> int:
    """The highest charge number that this site has seen of a household."""
    passed_on = await session.exec(select(PassedOn.charge).where(PassedOn.household_id == household_id))
    given_up = await session.exec(
        select(func.max(LetterOut.charge)).where(
            LetterOut.household_id == household_id, LetterOut.kind == LetterKind.HANDOVER
        )
    )
    return known(household.charge if household else None, passed_on.one_or_none(), given_up.one())


async def is_erased(session: AsyncSession, household_id: UUID) -> bool:
    """Whether the household, or the one that it was merged into, was erased: nothing brings it back."""
    with_it = literal(household_id) == any_(col(Erasure.merged_household_ids))
    found = await session.exec(select(Erasure.id).where(or_(col(Erasure.household_id) == household_id, with_it)))
    return found.first() is not None


async def hand_over(session: AsyncSession, by: Acting, file: File, to_site: str, moved_on: date | None) -> None:
    """Give the file's number up and write the letter with the next one, in the transaction of the caller.

    `moved_on` is the move that has led to it; without one the receiving site owes no first visit. From now on this
    site is caretaker, until the receipt comes (`arrivals.take_receipt`).
    """
    household = file.household
    letter_id, charge = uuid7(), household.charge + 1
    await end_wishes(session, by, file, WishEnd.HANDED_OVER)
    await end_releases(session, by, file, GrantEnd.HANDED_OVER)
    write_down(session, by, household.id, "handed_over", site=to_site)
    steps.reached("S2")
    await outbox.add(
        session,
        HouseholdHandedOver(
            household_id=household.id,
            letter_id=letter_id,
            from_site=by.site,
            to_site=to_site,
            stage=HandoverStage.SENT,
            charge=charge,
            district=file.residence.district,
            on=moved_on or by.today,
        ),
    )
    steps.reached("S3")
    content = await letter_of(session, household.id, moved_on)
    await write_letter(
        session,
        by,
        LetterKind.HANDOVER,
        to_site,
        content,
        letter_id=letter_id,
        household_id=household.id,
        charge=charge,
    )
    await become_caretaker(session, [UUID(row["id"]) for row in content["tables"]["household"]], to_site, by.now)
    steps.reached("S4")


async def become_caretaker(session: AsyncSession, ids: Iterable[UUID], to_site: str, since: datetime) -> None:
    """The file and those that were merged into it go together."""
    for household in (await session.exec(select(Household).where(col(Household.id).in_([*ids])))).all():
        household.standing = Standing.CARETAKER
        household.handed_to = to_site
        household.handed_at = since
        session.add(household)
    await session.flush()


async def pass_on(session: AsyncSession, household: Household, to_site: str, charge: int, at: datetime) -> None:
    """Forget a file that another site has; ids, the number and where it went stay, of those merged into it, too.

    `charge` is the highest number that is known of the household.
    """
    merged = await session.exec(select(Household).where(Household.merged_into == household.id))
    numbers = {household.id: charge, **{each.id: each.charge + 1 for each in merged.all()}}
    whole_family = await with_merged(session, household.id)
    contacts = (await session.exec(select(Contact.id).where(col(Contact.household_id).in_(whole_family)))).all()
    await forget(session, household.id)  # also what it knew of the contacts, if the file was here a second time
    for contact_id in contacts:
        session.add(ContactPassedOn(contact_id=contact_id, to_site=to_site))
    for household_id, number in numbers.items():
        values = {"charge": number, "to_site": to_site, "confirmed_at": at}
        gone = insert(PassedOn).values(household_id=household_id, **values)
        await session.execute(gone.on_conflict_do_update(index_elements=["household_id"], set_=values))


async def leave_merged(session: AsyncSession, household_id: UUID, at: datetime) -> None:
    """Give up the copy of a merged file into which this household has gone here, but no longer where the file is now.

    Whoever parts a merged file is in charge of it: this site has looked after the whole family until then, and what
    it holds of the one household stands in the other's copy. A file of which this site is in charge stays.
    """
    household = await session.get(Household, household_id, populate_existing=True)
    merged_into = household.merged_into if household else None
    root = None
    while merged_into is not None:
        root = await lock_household(session, merged_into)
        merged_into = root.merged_into if root else None
    if root is not None and root.standing is Standing.CARETAKER and root.handed_to is not None:
        await pass_on(session, root, root.handed_to, root.charge + 1, at)


async def start_for_site(session: AsyncSession, by: Acting, to_site: str) -> int:
    """Hand over the open files whose district another site serves now, up to a hundred; how many they were.

    By itself only what this site looked after in the meantime goes (`leaving`): any other change of the register may
    be a wrong entry, which would move a whole region's files.
    """
    register = await registered_sites(session, by.site)
    served = [district for district in District if in_charge(register, district) == to_site]
    if to_site == by.site or not served:
        raise Conflict("Dieser Standort ist für keinen Stadtbezirk eingetragen, in dem hier Akten geführt werden.")
    found = await session.exec(
        select(col(Household.id))
        .join(Residence, col(Residence.household_id) == col(Household.id))
        .where(
            col(Household.closed_on).is_(None),
            Household.standing == Standing.IN_CHARGE,
            col(Residence.moved_out).is_(None),
            col(Residence.district).in_(served),
        )
        .order_by(col(Household.id))
        .limit(_AT_ONCE)
    )
    handed_over = 0
    for household_id in found.all():
        file = await open_file(session, household_id)
        if file.is_open and file.household.standing is Standing.IN_CHARGE:  # a colleague may have been quicker
            steps.reached("S1")
            await hand_over(session, by, file, to_site, None)
            handed_over += 1
    return handed_over


async def note_handover(session: AsyncSession, handed_over: HouseholdHandedOver) -> None:
    """Another site says that it has given up or taken over a file.

    The event decides nothing about a file on its way, since anybody could have written it: only the signed receipt
    ends the care for it. But a number higher than the own one says that this database is older than the world.
    """
    publisher: Publisher = session.info["publisher"]
    own = publisher.site
    household = await lock_household(session, handed_over.household_id)
    if await is_erased(session, handed_over.household_id):
        return  # told late: its letter will be answered so, and nothing is to be expected any more
    if handed_over.stage is HandoverStage.SENT:
        if handed_over.to_site == own and handed_over.charge > await known_charge(
            session, household, handed_over.household_id
        ):
            await _expect(session, handed_over)
    elif (
        household is not None
        and handed_over.to_site != own
        and household.standing is Standing.IN_CHARGE
        and handed_over.charge > household.charge
    ):
        household.standing = Standing.SUPERSEDED
        household.handed_to = handed_over.to_site
        session.add(household)


async def _expect(session: AsyncSession, handed_over: HouseholdHandedOver) -> None:
    values = {
        "charge": handed_over.charge,
        "from_site": handed_over.from_site,
        "district": handed_over.district,
    }
    announced = insert(Expected).values(household_id=handed_over.household_id, since=func.now(), **values)
    await session.execute(
        announced.on_conflict_do_update(
            index_elements=["household_id"], set_=values, where=col(Expected.charge) < announced.excluded.charge
        )
    )
