"""Carries out what a partner's system asks for, by the same rules as a call or a click (network contract)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from pydantic import ValidationError
from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands import deletions, offers, referrals, webhooks
from services.referrals.commands.acting import Acting
from services.referrals.directory_inputs import PublishOffer
from services.referrals.inputs import Accept
from services.referrals.tables import Partner, RefusedCommand, ToldToPartner, Via
from shared.contracts import commands
from shared.contracts.commands import COMMANDS, Command
from shared.contracts.referrals import CommandRefused
from shared.contracts.referrals.commands import FIELD_PATH
from shared.contracts.words import CITY, PartnerKind, RefusalReason
from shared.messaging import outbox
from shared.messaging.envelope import MAX_BYTES
from shared.refusals import Conflict, Forbidden, Invalid, Missing, Refused
from shared.web.tokens import Role


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as it came."""

    id: UUID
    data: Command


class NotCarriedOut(Exception):
    """Why a command is refused, with what is known of it; nothing of the sender's words is in it."""

    def __init__(
        self,
        reason: RefusalReason,
        *,
        fields: Sequence[str] = (),
        command_id: UUID | None = None,
        command: str | None = None,
    ) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.fields = tuple(path for path in dict.fromkeys(fields) if FIELD_PATH.fullmatch(path))
        self.command_id = command_id
        self.command = command


def read(body: bytes) -> Asked:
    """Read a command's message. Raises `NotCarriedOut`."""
    if len(body) > MAX_BYTES:
        raise NotCarriedOut(RefusalReason.UNREADABLE)
    try:
        attributes = orjson.loads(body)
        command_id = UUID(attributes["id"])
        kind, data = attributes["type"], attributes["data"]
        well_formed = attributes["specversion"] == "1.0" and isinstance(attributes["source"], str)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise NotCarriedOut(RefusalReason.UNREADABLE) from None
    if not (well_formed and isinstance(kind, str) and isinstance(data, dict)):
        raise NotCarriedOut(RefusalReason.UNREADABLE, command_id=command_id)
    known = COMMANDS.get(kind)
    if known is None:
        raise NotCarriedOut(RefusalReason.UNKNOWN_COMMAND, command_id=command_id)
    try:
        return Asked(command_id, known.model_validate_json(orjson.dumps(data)))
    except ValidationError as error:
        # The first word of a place is a field of ours, unless it is an unknown one; those below may say anything.
        fields = [
            str(fault["loc"][0]) for fault in error.errors() if fault["loc"] and fault["loc"][0] in _fields(known)
        ]
        raise NotCarriedOut(
            RefusalReason.AGAINST_SCHEMA, fields=fields, command_id=command_id, command=known.command
        ) from None


async def carry_out(session: AsyncSession, slug: str, asked: Asked, now: datetime) -> None:
    """Do what a partner asks for, in the session's transaction. Raises `NotCarriedOut`; nothing is committed then."""
    partner = (await session.exec(select(Partner).where(Partner.slug == slug))).one()
    role = Role.AUTHORITY if partner.kind is PartnerKind.AUTHORITY else Role.PARTNER
    by = Acting(slug, role, None, slug, now, Via.API)
    try:
        await _HOW[type(asked.data)](session, by, asked.data)
    except Refused as refused:
        fields = [path for path, _ in refused.errors] if isinstance(refused, Invalid) else []
        raise NotCarriedOut(
            _reason(refused), fields=fields, command_id=asked.id, command=asked.data.command
        ) from refused


async def refuse(session: AsyncSession, slug: str, why: NotCarriedOut, now: datetime) -> None:
    """Tell the partner and the operations team, and keep it for whoever looks for a fault."""
    partner = (await session.exec(select(Partner).where(Partner.slug == slug))).one()
    known: dict[str, Any] = {"command_id": why.command_id, "command": why.command, "reason": why.reason}
    session.add(RefusedCommand(partner_id=partner.id, **known, fields=list(why.fields), at=now))
    told = CommandRefused(partner=slug, site=CITY, **known, fields=why.fields)
    await outbox.add(session, told)
    event_id = await outbox.add(session, told, audience=slug)
    session.add(ToldToPartner(event_id=event_id, partner_id=partner.id, event=told.event, at=now))
    await webhooks.keep(session, [event_id])


async def forget_refused(session: AsyncSession, before: datetime) -> None:
    """Away with refusals that nobody looks for any more."""
    await session.execute(delete(RefusedCommand).where(col(RefusedCommand.at) < before))


def _fields(command: type[Command]) -> frozenset[str]:
    return frozenset(command.model_fields)


def _reason(refused: Refused) -> RefusalReason:
    match refused:
        case Missing():
            return RefusalReason.NOT_FOUND
        case Forbidden():
            return RefusalReason.NOT_ALLOWED
        case Conflict():
            return RefusalReason.WRONG_STATE
    return RefusalReason.INVALID


async def _accept(session: AsyncSession, by: Acting, asked: commands.AcceptReferral) -> None:
    try:
        given = Accept.model_validate_json(asked.model_dump_json(exclude={"referral_id"}))
    except ValidationError as error:
        raise Invalid(".".join(str(part) for part in error.errors()[0]["loc"]), "Bitte prüfen.") from None
    await referrals.accept(session, by, asked.referral_id, given)


async def _publish_offer(session: AsyncSession, by: Acting, wanted: commands.PublishOffer) -> None:
    try:
        details = PublishOffer.model_validate_json(wanted.model_dump_json(exclude_unset=True))
    except ValidationError as error:
        raise Invalid(".".join(str(part) for part in error.errors()[0]["loc"]), "Bitte prüfen.") from None
    await offers.publish_offer(session, by, details)


_Step = Callable[[AsyncSession, Acting, Any], Awaitable[Any]]

_HOW: dict[type[Command], _Step] = {
    commands.AcceptReferral: lambda session, by, asked: _accept(session, by, asked),
    commands.DeclineReferral: lambda session, by, asked: referrals.decline(
        session, by, asked.referral_id, asked.reason
    ),
    commands.StartReferral: lambda session, by, asked: referrals.start(session, by, asked.referral_id),
    commands.HoldReferral: lambda session, by, asked: referrals.hold(
        session, by, asked.referral_id, position=asked.position
    ),
    commands.ResumeReferral: lambda session, by, asked: referrals.resume(session, by, asked.referral_id),
    commands.CompleteReferral: lambda session, by, asked: referrals.complete(
        session, by, asked.referral_id, asked.outcome
    ),
    commands.FailReferral: lambda session, by, asked: referrals.fail(session, by, asked.referral_id, asked.outcome),
    commands.ConfirmDeletion: lambda session, by, asked: deletions.confirm(session, by, asked.deletion_id),
    commands.PublishOffer: _publish_offer,
    commands.WithdrawOffer: lambda session, by, asked: offers.withdraw_offer(session, by, asked.offer_id),
}
