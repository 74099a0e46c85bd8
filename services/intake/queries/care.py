"""Owner and substitute, follow-up tasks, safety notes, the child-protection path: what pages and calls ask for."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.charge import Standing
from services.intake.queries.tiles import Tile
from services.intake.tables import Household
from services.intake.tables.care import ChildProtection, ChildProtectionStep, FollowUp, SafetyNote
from shared.web import accounts
from shared.web.accounts.store import Account
from shared.web.tokens import Role


class TaskList(StrEnum):
    """Which tasks a list shows."""

    OPEN = "open"
    MINE = "mine"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task with the family that it is for and the owner of the file."""

    task: FollowUp
    family_name: str
    owner: str | None

    def days_overdue(self, today: date) -> int:
        """For how many days it should have been done; 0 for one that is done or still has time."""
        return 0 if self.task.done_on is not None else max(0, (today - self.task.due_on).days)


@dataclass(frozen=True, slots=True)
class Path:
    """A child-protection path with the steps that were taken, by their word."""

    path: ChildProtection
    steps: dict[str, ChildProtectionStep]


@dataclass(frozen=True, slots=True)
class Care:
    """The team's part of a file; `people` are the display names of the site's accounts."""

    household: Household
    tasks: list[FollowUp]
    safety_note: SafetyNote | None
    paths: list[Path]
    people: dict[str, str]

    @property
    def open_path(self) -> Path | None:
        """The path that has not ended."""
        return next((path for path in self.paths if path.path.closed_on is None), None)

    def person(self, account: str | None) -> str | None:
        """How somebody is called; an account of another site stays as it was written."""
        return account and self.people.get(account, account)


async def team(session: AsyncSession, site: str) -> list[Account]:
    """Who works at the site now."""
    return [
        account
        for account in await accounts.list_accounts(session)
        if account.role is Role.TEAM and account.site == site and not account.disabled
    ]


async def care_of(session: AsyncSession, household: Household) -> Care:
    """What the team has noted for itself: open tasks by their day, the safety note, child protection."""
    tasks = await session.exec(
        select(FollowUp)
        .where(FollowUp.household_id == household.id, col(FollowUp.done_on).is_(None))
        .order_by(col(FollowUp.due_on), col(FollowUp.id))
    )
    paths = await session.exec(
        select(ChildProtection)
        .where(ChildProtection.household_id == household.id)
        .order_by(col(ChildProtection.id).desc())
    )
    steps = (
        await session.exec(select(ChildProtectionStep).where(ChildProtectionStep.household_id == household.id))
    ).all()
    return Care(
        household,
        list(tasks.all()),
        await session.get(SafetyNote, household.id),
        [Path(path, {step.step.value: step for step in steps if step.path_id == path.id}) for path in paths.all()],
        {account.name: account.display_name for account in await accounts.list_accounts(session)},
    )


async def section(session: AsyncSession, household_id: UUID, today: date) -> Care:
    """Who looks after the file, and what is to be done."""
    household = await session.get(Household, household_id)
    assert household is not None  # noqa: S101  (the file's page has it already)
    return await care_of(session, household)


async def safety_note(session: AsyncSession, household_id: UUID) -> SafetyNote | None:
    """What one must know before a home visit."""
    return await session.get(SafetyNote, household_id)


async def tasks(
    session: AsyncSession,
    which: TaskList,
    *,
    mine: str,
    after: tuple[date, UUID] | None = None,
    limit: int = 51,
) -> list[TaskRow]:
    """Tasks by their day; what is done the newest first. Files in transit are not changed here and left out."""
    day = col(FollowUp.done_on) if which is TaskList.DONE else col(FollowUp.due_on)
    place = tuple_(day, col(FollowUp.id))
    query = (
        select(FollowUp, Household.family_name, Household.owner)
        .join(Household, col(Household.id) == col(FollowUp.household_id))
        .where(Household.standing == Standing.IN_CHARGE)
        .limit(limit)
    )
    if which is TaskList.DONE:
        query = query.where(col(FollowUp.done_on).is_not(None)).order_by(day.desc(), col(FollowUp.id).desc())
    else:
        query = query.where(col(FollowUp.done_on).is_(None)).order_by(day, col(FollowUp.id))
    if which is TaskList.MINE:
        query = query.where(_is_for(mine))
    if after is not None:
        query = query.where(place < tuple_(*after) if which is TaskList.DONE else place > tuple_(*after))
    return [TaskRow(task, name, owner) for task, name, owner in (await session.exec(query)).all()]


def _is_for(account: str) -> Any:
    """Given to this account, or to nobody and the file is theirs, also as the substitute."""
    theirs = or_(col(Household.owner) == account, col(Household.substitute) == account)
    return or_(col(FollowUp.for_whom) == account, and_(col(FollowUp.for_whom).is_(None), theirs))


async def tile(session: AsyncSession, today: date, who: str) -> Tile | None:
    """Tasks of today and overdue ones. None: nothing to say. `who` is the account that looks."""
    due = (
        await session.exec(
            select(func.count(), func.min(FollowUp.due_on))
            .join(Household, col(Household.id) == col(FollowUp.household_id))
            .where(col(FollowUp.done_on).is_(None), FollowUp.due_on <= today, Household.standing == Standing.IN_CHARGE)
        )
    ).one()
    count, oldest = due
    if not count:
        return None
    label = "Aufgabe fällig" if count == 1 else "Aufgaben fällig"
    return Tile(count, label, "/intake/tasks", "danger" if oldest < today else "")
