"""The demonstration's partners and offers are what the directory's forms allow, and nobody in them exists."""

import json

from deploy.demo.partners import API, OFFERS, partners
from deploy.demo.words import PARTNERS
from services.referrals.directory_inputs import PublishOffer, RegisterPartner


def test_all_partners_with_their_offers() -> None:
    """53 partners and every offer of them can be entered; an unknown field or word would be refused."""
    stories = partners()
    assert len(stories) == 53
    assert set(OFFERS) <= set(PARTNERS)
    for story in stories:
        registered, *offers = story.calls
        assert registered.path == f"{API}/partners"
        RegisterPartner.model_validate_json(_json(registered.body))
        for offer in offers:
            PublishOffer.model_validate_json(_json(offer.body))


def test_what_the_report_counts() -> None:
    """Two sports clubs, three language cafés from April 2017, an integration training for twelve."""
    offers = [offer for offered in OFFERS.values() for offer in offered]
    assert len([offer for offer in offers if offer["kind"] == "sport"]) == 2
    cafes = [offer for offer in offers if offer["kind"] == "language_cafe"]
    assert [cafe["valid_from"] for cafe in cafes] == ["2017-04-01"] * 3
    assert [offer["places"] for offer in offers if offer["kind"] == "training"] == [12]


def test_contact_persons_are_visibly_invented() -> None:
    """Names, roles and addresses say that they are examples."""
    for story in partners():
        body = story.calls[0].body
        assert body["email"].endswith(".invalid")
        assert all(contact["name"].startswith("Beispielperson") for contact in body["contacts"])


def _json(body: object) -> str:
    return json.dumps(body)
