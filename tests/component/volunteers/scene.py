"""Volunteers as rows, families and wishes by events, and the deeds that an assignment takes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from services.volunteers.background.timers import run_all
from services.volunteers.commands import assignments
from services.volunteers.commands.acting import Acting, service, volunteer
from services.volunteers.domain.asking import VolunteerState
from services.volunteers.domain.people import SkillLevel
from services.volunteers.tables import Assignment, Availability, HelpRequest, Via, Volunteer, VolunteerLanguage
from shared.contracts.intake import HouseholdRegistered, InterpreterRequested
from shared.contracts.words import Weekday
from shared.days import BERLIN
from shared.ids import uuid7
from shared.web.identity import Role
from tests.component.volunteers.conftest import SITE, Volunteers

WHOLE_DAY = (time(0, 0), time(0, 0))


@dataclass
class Scene:
    """What a test needs to say in one line each."""

    volunteers: Volunteers

    @property
    def next_week(self) -> datetime:
        """Ten in the morning of a day in a week."""
        return datetime.combine(datetime.now(BERLIN).date() + timedelta(days=7), time(10), BERLIN)

    def team(self, now: datetime | None = None, site: str = SITE) -> Acting:
        """Somebody of a site's team."""
        return Acting("amal", Role.TEAM, site, None, now or datetime.now(UTC), Via.PAGE)

    def themselves(self, volunteer_id: UUID, now: datetime | None = None) -> Acting:
        """A volunteer with the link from a mail."""
        return volunteer(volunteer_id, now or datetime.now(UTC), Via.MAIL)

    async def helper(self, name: str = "Salma", languages: str = "ar", **more: Any) -> UUID:
        """A volunteer at work who interprets, at any time, with everything that the rules ask for."""
        values: dict[str, Any] = {
            "state": VolunteerState.ACTIVE,
            "given_name": name,
            "family_name": "Beispiel",
            "email": f"{name.lower()}@beispiel.invalid",
            "kinds": ["interpreter", "mentor"],
            "max_a_month": 20,
            "certificate_inspected_on": date(2026, 1, 2),
            "certificate_due_on": date(2031, 1, 2),
            "confidentiality_on": date(2026, 1, 2),
            "via": Via.PAGE,
            **more,
        }
        async with self.volunteers.transaction() as session:
            person = Volunteer(**values)
            session.add(person)
            await session.flush()
            for language in languages.split():
                session.add(VolunteerLanguage(volunteer_id=person.id, language=language, level=SkillLevel.NATIVE))
            for weekday in Weekday:
                session.add(
                    Availability(volunteer_id=person.id, weekday=weekday, starts=WHOLE_DAY[0], ends=WHOLE_DAY[1])
                )
        return person.id

    async def family(self, *, minors: int = 0, site: str = SITE, household_id: UUID | None = None, **more: Any) -> UUID:
        """A household that its site tells of."""
        number = household_id or uuid7()
        await self.volunteers.hear(
            HouseholdRegistered(
                **{
                    "household_id": number,
                    "persons": 2 + minors,
                    "minors": minors,
                    "languages": ["ar"],
                    "legal_circles": {"asylblg": 2 + minors},
                    "tenancy": "private",
                    "district": "brackel",
                    "charge": 1,
                    "on": date(2026, 11, 2),
                    **more,
                }
            ),
            site=site,
        )
        return number

    async def wish(self, **more: Any) -> UUID:
        """A site wishes for an interpreter."""
        number = more.pop("request_id", None) or uuid7()
        at = more.pop("at", self.next_week)
        site = more.pop("site", SITE)
        sequence = more.pop("sequence", None)
        told = InterpreterRequested(
            **{
                "request_id": number,
                "occasion": "first_visit",
                "language": "ar",
                "at": at,
                "until": at + timedelta(minutes=90),
                "district": "brackel",
                **more,
            }
        )
        await self.volunteers.hear(told, site=site, sequence=sequence)
        return number

    async def time_passes(self, now: datetime | None = None) -> None:
        """Everything that is due then is done."""
        await run_all(self.volunteers.database, self.volunteers.settings, now or datetime.now(UTC))

    async def asked(self, request_id: UUID) -> list[Assignment]:
        """Everybody who was asked for a request, the last one first."""
        rows = await self.volunteers.rows(
            "select id from assignment where request_id = :id order by asked_at desc, id desc", id=request_id
        )
        async with self.volunteers.transaction() as session:
            return [await session.get_one(Assignment, row.id) for row in rows]

    async def request(self, request_id: UUID) -> HelpRequest:
        """A request as it is now."""
        async with self.volunteers.transaction() as session:
            return await session.get_one(HelpRequest, request_id)

    async def accept(self, assignment: Assignment, now: datetime | None = None) -> None:
        """The volunteer says yes by link."""
        async with self.volunteers.transaction() as session:
            await assignments.accept(session, self.themselves(assignment.volunteer_id, now), assignment.id)

    async def decline(self, assignment: Assignment, *, not_such_times: bool = False) -> None:
        """The volunteer says no by link."""
        async with self.volunteers.transaction() as session:
            by = self.themselves(assignment.volunteer_id)
            await assignments.decline(session, by, assignment.id, not_such_times=not_such_times)

    def itself(self, now: datetime | None = None) -> Acting:
        """The service."""
        return service(now or datetime.now(UTC), Via.TIMER)
