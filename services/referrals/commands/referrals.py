"""The closed loop: from a draft to help that arrived (network contract, „Referral states"; domain rule 8).

Each step locks the referral, asks the domain, changes it, writes the step down, and tells our services and the partner.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import date, datetime, time
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands import deletions, mails, offers
from services.referrals.commands.acting import Acting
from services.referrals.commands.consents import active_consent
from services.referrals.commands.terms import set_deadlines
from services.referrals.commands.told import days_to_answer, tell
from services.referrals.domain.states import FOR_THE_TEAM, TRY_AGAIN, WITHOUT_HELP, check_move, check_offer_for_topic
from services.referrals.inputs import Accept, DraftReferral
from services.referrals.tables import (
    KnownHousehold,
    KnownNeed,
    Offer,
    Partner,
    PersonRef,
    Referral,
    ReferralAppointment,
    ReferralContact,
    ReferralStep,
)
from shared.contracts import referrals as events
from shared.contracts.referrals import OfferChanged
from shared.contracts.words import (
    CancelCause,
    DeclineReason,
    LegalBasis,
    ReferralOutcome,
    ReferralState,
)
from shared.days import BERLIN, day_of
from shared.messaging import outbox
from shared.refusals import Conflict, Forbidden, Invalid, Missing
from shared.web.tokens import Role

Found = TypeVar("Found")
EARLIEST = date(2010, 1, 1)
WAIT_SECONDS = 3.0
"""So long a command waits for what a site has just told: an acceptance script calls both within milliseconds."""
_PAUSE = 0.1
_SLIP = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, O, 1 and I, which are confused on paper."""
_NOT_KNOWN_YET = "ist hier noch nicht bekannt. Bitte in einigen Sekunden noch einmal senden."


async def referral_for(session: AsyncSession, by: Acting, referral_id: UUID, *, lock: bool = True) -> Referral:
    """The referral, for its site's team, its partner or the service itself; `Missing` for everybody else."""
    query = select(Referral, Partner.slug).join(Partner).where(Referral.id == referral_id)
    if lock:
        query = query.with_for_update(of=Referral).execution_options(populate_existing=True)
    row = (await session.exec(query)).one_or_none()
    if row is None or not _may_see(by, *row):
        raise Missing("Die Vermittlung")
    return row[0]


def _may_see(by: Acting, referral: Referral, partner: str) -> bool:
    if by.role is None:
        return True
    if by.role is Role.TEAM:
        return by.site == referral.site
    return by.partner == partner and referral.state is not ReferralState.DRAFT


async def draft_referral(session: AsyncSession, by: Acting, wanted: DraftReferral) -> Referral:
    """Note what is to be asked of whom. Nobody learns of it before it is sent."""
    _check_whom(wanted)
    offer, partner = await _offer(session, wanted.offer_id)
    check_offer_for_topic(wanted.topic, offer.kind, offer.legal_advice)
    referral = Referral(
        site=by.site or "",
        partner_id=partner.id,
        offer_id=offer.id,
        kind=offer.kind,
        created_at=by.now,
        created_by=by.who,
        **wanted.model_dump(
            include={"household_id", "person_id", "contact_id", "need_id", "area", "topic", "replaces"}
        ),
    )
    if wanted.household_id is not None:
        household = await _household(session, by, wanted.household_id)
        referral.household_id, referral.district = household.household_id, household.district
        referral.languages = list(household.languages)
    if wanted.need_id is not None:
        await _take_need(session, referral, wanted.need_id)
    if wanted.legal_basis is not None:
        referral.basis, referral.basis_reference = wanted.legal_basis.kind, wanted.legal_basis.reference
    if wanted.replaces is not None:
        await _check_replaced(session, by, wanted)
    session.add(referral)
    await session.flush()
    return referral


def _check_whom(wanted: DraftReferral) -> None:
    if (wanted.household_id is None) == (wanted.contact_id is None):
        raise Invalid("household_id", "Bitte entweder einen Haushalt oder einen Kontakt ohne Akte angeben.")
    if wanted.area is None and wanted.topic is None:
        raise Invalid("area", "Bitte angeben, worum es geht: ein Bedarf oder ein Anliegen.")
    basis = wanted.legal_basis
    if wanted.contact_id is not None:
        if wanted.person_id or wanted.need_id:
            raise Invalid("contact_id", "Ein Kontakt ohne Akte hat weder Person noch Bedarf.")
        if basis is not None:
            raise Invalid("legal_basis", "Ohne Akte gehen keine Daten weiter; eine Grundlage ist nicht nötig.")
    elif basis is None:
        raise Invalid("legal_basis", "Bitte angeben, auf welcher Grundlage die Daten weitergehen.")
    elif basis.kind is not LegalBasis.CONSENT and not basis.reference:
        raise Invalid("legal_basis.reference", "Bitte angeben, worauf die Grundlage beruht.")


async def _check_replaced(session: AsyncSession, by: Acting, wanted: DraftReferral) -> None:
    before = await referral_for(session, by, wanted.replaces or uuid4())
    if before.state not in TRY_AGAIN:
        raise Conflict("Nur eine Vermittlung, aus der nichts wurde, kann neu versucht werden.")
    if (before.household_id, before.contact_id) != (wanted.household_id, wanted.contact_id):
        raise Invalid("replaces", "Diese Vermittlung betraf jemand anderen.")
    again = await session.exec(select(Referral.id).where(Referral.replaces == before.id))
    if again.first() is not None:
        raise Conflict("Für diese Vermittlung gibt es schon einen neuen Versuch.")


async def delete_draft(session: AsyncSession, by: Acting, referral_id: UUID) -> None:
    """Away with a draft; what was sent is cancelled instead."""
    referral = await referral_for(session, by, referral_id)
    if referral.state is not ReferralState.DRAFT:
        raise Conflict("Nur ein Entwurf wird gelöscht; eine gesendete Vermittlung bitte abbrechen.")
    await session.delete(referral)
    await session.flush()


async def send_referral(session: AsyncSession, by: Acting, referral_id: UUID, on: date | None = None) -> Referral:
    """Ask the partner, with consent or on another recorded legal basis for this very one."""
    referral = await referral_for(session, by, referral_id)
    check_move(referral.state, ReferralState.REQUESTED)
    offer, partner = await _offer(session, referral.offer_id, lock=True)
    check_offer_for_topic(referral.topic, offer.kind, offer.legal_advice)
    referral.kind = offer.kind  # it may have changed since the draft
    at = _moment(by, on, EARLIEST)
    if referral.household_id is not None:
        await _household(session, by, referral.household_id)
        if referral.basis is LegalBasis.CONSENT:
            referral.consent_id = await _consent(session, referral, partner)
        referral.person_ref = await _person_ref(session, referral)
    else:
        referral.slip_code = "".join(secrets.choice(_SLIP) for _ in range(8))
    referral.state, referral.requested_at = ReferralState.REQUESTED, at
    await set_deadlines(session, referral, partner, by.now)
    await _done(session, by, referral, partner, events.ReferralRequested, at)
    return referral


async def accept(session: AsyncSession, by: Acting, referral_id: UUID, given: Accept | None = None) -> Referral:
    """The partner helps, and may say with whom the family meets, and when; one of its places is taken."""
    given = given or Accept()
    referral, partner, at = await _answer(session, by, referral_id, ReferralState.ACCEPTED, given.on)
    referral.answered_at = at
    await _take_place(session, by, referral, partner)
    await _keep_answer(session, by, referral, given)
    days = days_to_answer(referral, day_of(at))
    appointments = tuple(sorted(each.at for each in given.appointments))
    told = {"days_to_answer": days, "appointments": appointments}
    await _done(session, by, referral, partner, events.ReferralAccepted, at, **told)
    return referral


async def _keep_answer(session: AsyncSession, by: Acting, referral: Referral, given: Accept) -> None:
    for number, appointment in enumerate(given.appointments):
        if day_of(appointment.at) < by.today:
            raise Invalid(f"appointments.{number}.at", "Dieser Termin liegt in der Vergangenheit.")
        session.add(ReferralAppointment(referral_id=referral.id, **appointment.model_dump()))
    if given.contact is not None:
        session.add(ReferralContact(referral_id=referral.id, **given.contact.model_dump()))


async def decline(
    session: AsyncSession, by: Acting, referral_id: UUID, reason: DeclineReason, on: date | None = None
) -> Referral:
    """The partner cannot help."""
    referral, partner, at = await _answer(session, by, referral_id, ReferralState.DECLINED, on)
    referral.answered_at, referral.reason = at, reason.value
    days = days_to_answer(referral, day_of(at))
    await _done(session, by, referral, partner, events.ReferralDeclined, at, reason=reason, days_to_answer=days)
    return referral


async def waive_retry(session: AsyncSession, by: Acting, referral_id: UUID, reason: CancelCause) -> Referral:
    """Nobody else is asked after a no or no answer; until this is entered, the referral waits for the team."""
    referral = await referral_for(session, by, referral_id)
    if by.role is not Role.TEAM:
        raise Forbidden("Das trägt das Team ein.")
    if reason not in FOR_THE_TEAM | {CancelCause.MOVED_AWAY}:
        raise Invalid("reason", "Dieser Grund ergibt sich aus der Akte.")
    again = (await session.exec(select(Referral.id).where(Referral.replaces == referral.id))).first()
    if referral.state not in WITHOUT_HELP or referral.waived_at is not None or again is not None:
        raise Conflict("Diese Vermittlung wartet auf keinen neuen Versuch.")
    referral.waived_at = by.now
    session.add(referral)
    session.add(
        ReferralStep(
            referral_id=referral.id,
            what="waived",
            at=by.now,
            recorded_at=by.now,
            by=by.who,
            via=by.via,
            reason=reason.value,
        )
    )
    await session.flush()
    return referral


async def start(session: AsyncSession, by: Acting, referral_id: UUID, on: date | None = None) -> Referral:
    """The partner has begun."""
    referral, partner, at = await _answer(session, by, referral_id, ReferralState.IN_PROGRESS, on)
    await _done(session, by, referral, partner, events.ReferralStarted, at)
    return referral


async def hold(
    session: AsyncSession, by: Acting, referral_id: UUID, on: date | None = None, *, position: int | None = None
) -> Referral:
    """It rests; with a position it waits on a list. No deadline runs meanwhile."""
    referral, partner, at = await _answer(session, by, referral_id, ReferralState.ON_HOLD, on, position=position)
    more = {"held_from": referral.held_from, "position": position}
    await _done(session, by, referral, partner, events.ReferralHeld, at, **more)
    return referral


async def resume(session: AsyncSession, by: Acting, referral_id: UUID, on: date | None = None) -> Referral:
    """It goes on where it rested; where an answer is owed, the deadlines begin anew."""
    waiting = await referral_for(session, by, referral_id)
    if waiting.state is not ReferralState.ON_HOLD or waiting.held_from is None:
        raise Conflict("Diese Vermittlung ruht nicht.")
    referral, partner, at = await _answer(session, by, referral_id, waiting.held_from, on, resuming=True)
    if referral.state is ReferralState.REQUESTED:
        referral.reminded_at = referral.escalated_at = None
        await set_deadlines(session, referral, partner, by.now)
    await _done(session, by, referral, partner, events.ReferralResumed, at)
    return referral


async def complete(
    session: AsyncSession, by: Acting, referral_id: UUID, outcome: ReferralOutcome, on: date | None = None
) -> Referral:
    """It is done, with what came of it."""
    referral, partner, at = await _answer(session, by, referral_id, ReferralState.COMPLETED, on, outcome=outcome)
    await _done(session, by, referral, partner, events.ReferralCompleted, at, outcome=outcome)
    return referral


async def fail(
    session: AsyncSession, by: Acting, referral_id: UUID, outcome: ReferralOutcome, on: date | None = None
) -> Referral:
    """It came to nothing after all."""
    if outcome is ReferralOutcome.GOT_HELP:
        raise Invalid("outcome", "Wenn Hilfe angekommen ist, bitte die Vermittlung abschließen.")
    referral, partner, at = await _answer(session, by, referral_id, ReferralState.FAILED, on, outcome=outcome)
    await _done(session, by, referral, partner, events.ReferralFailed, at, outcome=outcome)
    return referral


async def cancel(
    session: AsyncSession, by: Acting, referral_id: UUID, cause: CancelCause, on: date | None = None
) -> Referral:
    """Take it back. The team says why; a withdrawn consent and a move come as events."""
    referral = await referral_for(session, by, referral_id)
    if by.role is not None and by.role is not Role.TEAM:
        raise Forbidden("Abbrechen kann nur das Team; Sie können ablehnen oder als nicht zustande gekommen melden.")
    if by.role is Role.TEAM and cause not in FOR_THE_TEAM | {CancelCause.MOVED_AWAY}:
        raise Invalid("reason", "Ein Widerruf der Einwilligung wird in der Akte eingetragen.")
    check_move(referral.state, ReferralState.CANCELLED, referral.held_from)
    partner = await session.get_one(Partner, referral.partner_id)
    at = _moment(by, on, await _last_day(session, referral))
    _change(referral, ReferralState.CANCELLED, at)
    referral.reason = cause.value
    await _done(session, by, referral, partner, events.ReferralCancelledV2, at, reason=cause)
    return referral


async def _answer(
    session: AsyncSession,
    by: Acting,
    referral_id: UUID,
    to: ReferralState,
    on: date | None,
    *,
    resuming: bool = False,
    **more: Any,
) -> tuple[Referral, Partner, datetime]:
    """A step that is the partner's to take, or the team's in its place, which is kept."""
    referral = await referral_for(session, by, referral_id)
    if referral.state is ReferralState.ON_HOLD and not resuming:
        raise Conflict("Diese Vermittlung ruht. Bitte zuerst eintragen, dass sie weitergeht.")
    check_move(referral.state, to, referral.held_from)
    partner = await session.get_one(Partner, referral.partner_id)
    at = _moment(by, on, await _last_day(session, referral))
    _change(referral, to, at)
    for name, value in more.items():
        setattr(referral, name, value)
    if by.role is Role.TEAM:
        referral.told_by = by.who
    return referral, partner, at


def _change(referral: Referral, to: ReferralState, at: datetime) -> None:
    referral.held_from = referral.state if to is ReferralState.ON_HOLD else None
    referral.position = None
    referral.state = to
    referral.remind_at = referral.escalate_at = referral.expire_at = None
    if to in TRY_AGAIN or to is ReferralState.COMPLETED:
        referral.ended_at = at


async def _done(
    session: AsyncSession,
    by: Acting,
    referral: Referral,
    partner: Partner,
    event: type[events.Referral],
    at: datetime,
    **more: Any,
) -> None:
    """Write the step down and say what happened; what is over, the partner is to delete."""
    session.add(referral)
    await session.flush()
    session.add(
        ReferralStep(
            referral_id=referral.id,
            what=event.event.removeprefix("referral-"),
            at=at,
            recorded_at=by.now,
            by=by.who,
            via=by.via,
            reason=referral.reason,
            outcome=referral.outcome,
        )
    )
    await tell(session, referral, partner, event, day_of(at), **more)
    await mails.after_step(session, referral, event, by.now)
    if referral.ended_at is not None:
        await deletions.ask(session, by, referral, partner)
        await _give_place_back(session, by, referral, partner)
    await session.flush()


def _moment(by: Acting, on: date | None, not_before: date) -> datetime:
    """When it happened: now, or at noon of the day that the team has entered."""
    if on is None or on == by.today:
        return by.now
    if by.role is not Role.TEAM:
        raise Invalid("on", "Einen anderen Tag kann nur das Team eintragen.")
    if on > by.today:
        raise Invalid("on", "Der Tag liegt in der Zukunft.")
    if on < not_before:
        raise Invalid("on", f"Der Tag liegt vor dem {not_before:%d.%m.%Y}, dem letzten Schritt.")
    return datetime.combine(on, time(12), BERLIN)


async def _last_day(session: AsyncSession, referral: Referral) -> date:
    steps = select(ReferralStep.at).where(ReferralStep.referral_id == referral.id).order_by(col(ReferralStep.id).desc())
    last = (await session.exec(steps.limit(1))).first()
    return day_of(last) if last else EARLIEST


async def _offer(session: AsyncSession, offer_id: UUID | None, *, lock: bool = False) -> tuple[Offer, Partner]:
    """The offer as it is; with `lock` as it stays until the transaction ends."""
    held: dict[str, Any] = {"with_for_update": {"read": True}, "populate_existing": True} if lock else {}
    offer = await session.get(Offer, offer_id, **held) if offer_id else None
    if offer is None:
        raise Invalid("offer_id", "Dieses Angebot gibt es nicht.")
    partner = await session.get_one(Partner, offer.partner_id)
    if offer.withdrawn_on is not None or not partner.active:
        raise Invalid("offer_id", "Dieses Angebot besteht nicht mehr. Bitte ein anderes wählen.")
    return offer, partner


async def _soon(find: Callable[[], Awaitable[Found | None]]) -> Found | None:
    """What is found at once or within seconds: the event that tells of it may still be on its way."""
    for _ in range(int(WAIT_SECONDS / _PAUSE)):
        if (found := await find()) is not None:
            return found
        await asyncio.sleep(_PAUSE)
    return None


async def _household(session: AsyncSession, by: Acting, household_id: UUID) -> KnownHousehold:
    async def find() -> KnownHousehold | None:
        query = select(KnownHousehold).where(KnownHousehold.household_id == household_id, KnownHousehold.sequence > 0)
        # What is told of it meanwhile waits, and then finds the referral.
        locked = query.with_for_update(read=True).execution_options(populate_existing=True)
        return (await session.exec(locked)).one_or_none()

    household = await _soon(find)
    if household is None:
        raise Conflict(f"Der Haushalt {_NOT_KNOWN_YET}")
    if household.site != by.site:
        raise Missing("Der Haushalt")
    if household.merged_into is not None:
        raise Conflict("Diese Akte wurde mit einer anderen zusammengeführt. Bitte von dort aus vermitteln.")
    if household.closed is not None:
        raise Conflict("Diese Akte ist geschlossen.")
    return household


async def _take_need(session: AsyncSession, referral: Referral, need_id: UUID) -> None:
    async def find() -> KnownNeed | None:
        return (await session.exec(select(KnownNeed).where(KnownNeed.need_id == need_id))).one_or_none()

    need = await _soon(find)
    if need is None:
        raise Conflict(f"Der Bedarf {_NOT_KNOWN_YET}")
    if need.household_id != referral.household_id:
        raise Invalid("need_id", "Dieser Bedarf gehört zu einem anderen Haushalt.")
    if need.met_on is not None:
        raise Conflict("Dieser Bedarf ist schon gedeckt.")
    if referral.area is not None and referral.area is not need.area:
        raise Invalid("area", "Bei diesem Bedarf geht es um etwas anderes.")
    referral.languages = list(need.languages) or referral.languages
    referral.times = list(need.times)


async def _consent(session: AsyncSession, referral: Referral, partner: Partner) -> UUID:
    household_id = referral.household_id
    assert household_id is not None  # noqa: S101  (only of households)
    found = await _soon(lambda: active_consent(session, household_id, referral.person_id, partner.slug, lock=True))
    if found is None:
        raise Conflict(
            f"Für {partner.name} liegt keine Einwilligung vor. Bitte zuerst in der Akte festhalten; "
            "wurde sie eben eingetragen, in einigen Sekunden noch einmal senden."
        )
    return found.consent_id


async def _person_ref(session: AsyncSession, referral: Referral) -> UUID:
    """What this partner calls the person, made when it is first asked about them."""
    whom = {
        "partner_id": referral.partner_id,
        "household_id": referral.household_id,
        "person_id": referral.person_id,
    }
    await session.execute(insert(PersonRef).values(id=uuid4(), **whom).on_conflict_do_nothing())
    found = await session.exec(
        select(PersonRef.id)
        .where(
            PersonRef.partner_id == referral.partner_id,
            PersonRef.household_id == referral.household_id,
            col(PersonRef.person_id).is_not_distinct_from(referral.person_id),
        )
        # Whether the partner is to delete is asked under this lock: it then knows of this referral.
        .with_for_update(read=True)
    )
    return found.one()


async def _take_place(session: AsyncSession, by: Acting, referral: Referral, partner: Partner) -> None:
    offer = await session.get(Offer, referral.offer_id, with_for_update=True)
    if offer is not None and offer.free:
        referral.took_place = True
        await _change_free(session, by, offer, partner, offer.free - 1)


async def _give_place_back(session: AsyncSession, by: Acting, referral: Referral, partner: Partner) -> None:
    """Nobody came after all: the place that was taken is free again. What was completed, the partner counts itself."""
    if not referral.took_place or referral.state is ReferralState.COMPLETED:
        return
    referral.took_place = False
    offer = await session.get(Offer, referral.offer_id, with_for_update=True, populate_existing=True)
    if offer is not None and offer.free is not None and (offer.places is None or offer.free < offer.places):
        await _change_free(session, by, offer, partner, offer.free + 1)


async def _change_free(session: AsyncSession, by: Acting, offer: Offer, partner: Partner, free: int) -> None:
    offer.free, offer.changed_at = free, by.now
    session.add(offer)
    await session.flush()
    await outbox.add(session, OfferChanged(**offers.state(by, offer, partner)), audience="public")
