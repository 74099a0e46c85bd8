"""A partner with an offer, a family that may be referred to it, and the calls that a referral takes."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import httpx

from services.referrals.tables import Offer, Partner
from shared.contracts.intake import ConsentGiven, ConsentWithdrawn, HouseholdRegistered, NeedIdentified, Recipient
from shared.contracts.words import OfferKind, PartnerKind
from shared.ids import uuid7
from shared.web.identity import Role
from tests.component.referrals.conftest import API, SITE, Referrals

DAY = date(2017, 1, 9)


@dataclass
class Scene:
    """Who is there."""

    referrals: Referrals
    household: UUID = field(default_factory=uuid7)
    person: UUID = field(default_factory=uuid7)
    need: UUID = field(default_factory=uuid7)
    consent: UUID = field(default_factory=uuid7)
    offer: UUID = field(default_factory=uuid7)
    partner: str = "projekt-ankommen"
    partner_id: UUID = field(default_factory=uuid7)
    site: str = SITE

    async def set_up(self, *, consent: bool = True, **offer: Any) -> "Scene":
        """The partner and its offer as rows, the family by events."""
        async with self.referrals.transaction() as session:
            kind = PartnerKind.AUTHORITY if self.partner == "jobcenter" else PartnerKind.ASSOCIATION
            session.add(
                Partner(id=self.partner_id, slug=self.partner, name="Projekt Ankommen", kind=kind, confirmed_on=DAY)
            )
            await session.flush()
            given = {"kind": OfferKind.GERMAN_COURSE, "title": {"de": "Deutsch"}, "confirmed_on": DAY, **offer}
            session.add(Offer(id=self.offer, partner_id=self.partner_id, **given))
        return await self.set_up_family(consent=consent)

    async def set_up_family(self, *, consent: bool = True) -> "Scene":
        """The family alone, where the partner is there already."""
        await self.referrals.hear(self.registered(), site=self.site)
        await self.referrals.hear(
            NeedIdentified(household_id=self.household, need_id=self.need, on=DAY, area="language", district="brackel"),
            site=self.site,
        )
        if consent:
            await self.give_consent()
        return self

    def registered(self, **more: Any) -> HouseholdRegistered:
        """The family as its site tells of it."""
        return HouseholdRegistered(
            **{
                "household_id": self.household,
                "on": DAY,
                "persons": 4,
                "minors": 2,
                "languages": ["ar"],
                "legal_circles": {"sgb2": 4},
                "tenancy": "private",
                "district": "brackel",
                "charge": 1,
                **more,
            }
        )

    async def give_consent(self) -> None:
        """The family agrees to be referred to this partner."""
        await self.referrals.hear(ConsentGiven(**self._consent()), site=self.site)

    async def withdraw_consent(self) -> None:
        """It does not any more."""
        await self.referrals.hear(ConsentWithdrawn(**self._consent()), site=self.site)

    def _consent(self) -> dict[str, Any]:
        recipient = Recipient(kind="partner", slug=self.partner)
        return {
            "household_id": self.household,
            "consent_id": self.consent,
            "recipient": recipient,
            "purpose": "referral",
            "on": DAY,
        }

    def wanted(self, **more: Any) -> dict[str, Any]:
        """The body of a new referral."""
        body = {
            "household_id": str(self.household),
            "need_id": str(self.need),
            "area": "language",
            "offer_id": str(self.offer),
            "legal_basis": {"kind": "consent"},
        }
        return {name: value for name, value in {**body, **more}.items() if value is not None}

    def team(self) -> httpx.AsyncClient:
        """The family's site at work."""
        return self.referrals.client(Role.TEAM, site=self.site)

    def helper(self) -> httpx.AsyncClient:
        """The partner at work."""
        return self.referrals.client(Role.PARTNER, self.partner)

    async def draft(self, **more: Any) -> str:
        """A draft; its id."""
        async with self.team() as team:
            answer = await team.post(f"{API}/referrals", json=self.wanted(**more))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["referral_id"])

    async def step(self, referral: str, what: str, by: Role = Role.PARTNER, status: int = 200, **body: Any) -> Any:
        """One step of a referral by the partner or the team."""
        async with self.helper() if by is Role.PARTNER else self.team() as client:
            answer = await client.post(f"{API}/referrals/{referral}/{what}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def sent(self, **more: Any) -> str:
        """A referral that the partner has been asked for; its id."""
        referral = await self.draft(**more)
        await self.step(referral, "send", Role.TEAM)
        return referral

    async def state(self, referral: str) -> str:
        """Its state in the database."""
        rows = await self.referrals.rows("select state from referral where id = cast(:id as uuid)", id=referral)
        return str(rows[0][0])
