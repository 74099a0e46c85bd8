"""What Sozialamt and Jobcenter must hear of a person, and that they have acknowledged it (report, §5; rule 6)."""

from datetime import date
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import File, open_file, write_down
from services.intake.domain.authorities import News, Told, news_of
from services.intake.domain.circles import WORDS
from services.intake.domain.days import check_day, german
from services.intake.domain.people import check_member
from services.intake.tables import Person
from services.intake.tables.people import AuthorityNotice, WithoutBenefits
from shared.contracts.words import LegalCircle
from shared.refusals import Conflict, Missing


async def keep_authorities_told(session: AsyncSession, by: Acting, file: File, person: Person) -> None:
    """Bring what the authorities must hear of a person in step with the file.

    What was not acknowledged yet and is no longer true is forgotten; what was acknowledged must be recalled.
    """
    await session.flush()
    wanted = news_of(person, file.histories[person.id])
    known: set[News] = set()
    for notice in (await session.exec(select(AuthorityNotice).where(AuthorityNotice.person_id == person.id))).all():
        news = News(notice.authority, notice.on, notice.told)
        if news in wanted:
            known.add(news)
        elif notice.acknowledged_on is None:
            await session.delete(notice)
        elif notice.told is not Told.RECALLED:
            notice.told, notice.acknowledged_on, notice.acknowledged_by = Told.RECALLED, None, None
            session.add(notice)
    await session.flush()  # first away, then in: the database allows each only once
    session.add_all(_notice(file, person, news, by) for news in sorted(wanted - known, key=lambda news: news.on))


def _notice(file: File, person: Person, news: News, by: Acting) -> AuthorityNotice:
    return AuthorityNotice(
        household_id=file.household.id,
        person_id=person.id,
        authority=news.authority,
        told=news.told,
        on=news.on,
        recorded_at=by.now,
    )


async def acknowledge_notice(session: AsyncSession, by: Acting, notice_id: UUID, on: date | None) -> AuthorityNotice:
    """The authority has acknowledged what it was told. Possible in a closed file, too: also a death is acknowledged.

    Raises `Missing`; `Conflict` if it was entered before or the file is in transit.
    """
    household_id = (
        await session.exec(select(AuthorityNotice.household_id).where(AuthorityNotice.id == notice_id))
    ).one_or_none()
    if household_id is None:
        raise Missing("Die Mitteilung an die Behörde")
    file = await open_file(session, household_id)
    file.require_in_charge()
    notice = (await session.exec(select(AuthorityNotice).where(AuthorityNotice.id == notice_id))).one_or_none()
    if notice is None:
        raise Missing("Die Mitteilung an die Behörde")
    if notice.acknowledged_on is not None:
        raise Conflict(f"Die Behörde hat es schon am {german(notice.acknowledged_on)} bestätigt.")
    notice.acknowledged_on, notice.acknowledged_by = check_day(on or by.today, by.today), by.who
    session.add(notice)
    write_down(
        session,
        by,
        household_id,
        "authority_acknowledged",
        on=notice.acknowledged_on,
        person_id=str(notice.person_id),
        authority=notice.authority,
        told=notice.told,
    )
    return notice


async def explain_without_benefits(
    session: AsyncSession, by: Acting, household_id: UUID, person_id: UUID, reason: str
) -> WithoutBenefits:
    """Enter why no authority is in charge of a person. Raises `Conflict` if one is."""
    file = await open_file(session, household_id)
    file.require_open()
    person, history = file.person(person_id), file.histories[person_id]
    check_member(person, by.today)
    if (circle := history.on(by.today)) is not LegalCircle.NONE:
        raise Conflict(f"Für diese Person gilt heute {WORDS[circle]}; eine Behörde ist zuständig.")
    since = history.since(by.today) or person.joined_on or min(file.household.registered_on, by.today)
    entry = await session.get(WithoutBenefits, (person_id, since))
    if entry is None:
        entry = WithoutBenefits(
            person_id=person_id,
            since=since,
            household_id=household_id,
            reason=reason,
            recorded_at=by.now,
            recorded_by=by.who,
        )
    entry.reason = reason
    session.add(entry)
    write_down(session, by, household_id, "without_benefits", person_id=str(person_id), note=reason)
    return entry
