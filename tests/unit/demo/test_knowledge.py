"""The demonstration's answers are such as the interface takes."""

import json
from datetime import date

from deploy.demo.knowledge import ANSWERS, knowledge
from services.referrals.directory_inputs import AddKnowledge

DAY = date(2026, 11, 23)


def test_every_answer_is_taken() -> None:
    """Each with its topic, an office as its owner, and a day on which it is looked through again."""
    stories = knowledge(DAY)
    assert len(stories) == len({answer.slug for answer in ANSWERS}) == len(ANSWERS)
    for story in stories:
        page = AddKnowledge.model_validate_json(json.dumps(story.calls[0].body))
        assert page.topic is not None
        assert page.review_on > DAY
