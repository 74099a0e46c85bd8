"""The demonstration's partners and offers go in through the public API, and a second time change nothing."""

from deploy.demo.partners import OFFERS, partners
from shared.web.tokens import Role
from tests.component.referrals.conftest import SITE, Referrals


async def test_partners_of_the_demonstration(referrals: Referrals) -> None:
    """A team enters all of them with their offers; told again, every call is answered as before."""
    team = referrals.client(Role.TEAM, "alex", SITE)
    for repeated in (False, True):
        for story in partners():
            for key, call in story.keyed():
                answer = await team.post(call.path, json=dict(call.body), headers={"idempotency-key": key})
                assert answer.status_code == 201, (story.name, answer.text)
                assert ("idempotent-replayed" in answer.headers) == repeated
    assert [tuple(row) for row in await referrals.rows("select count(*) from partner")] == [(53,)]
    assert [tuple(row) for row in await referrals.rows("select count(*) from offer")] == [
        (sum(map(len, OFFERS.values())),)
    ]
