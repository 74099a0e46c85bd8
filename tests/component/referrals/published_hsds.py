"""The answers beside the published schemas of HSDS themselves. Not part of the suite: it needs a checkout of them.

git clone --branch 3.1 https://github.com/openreferral/specification
LOKAL_HSDS_SCHEMAS=specification/schema/compiled .venv/bin/pytest tests/component/referrals/published_hsds.py
"""

import json
import os
from pathlib import Path

from jsonschema import Draft202012Validator

from tests.component.referrals.conftest import Referrals
from tests.component.referrals.test_hsds import fill, get

PUBLISHED = {
    "services": "service",
    "organizations": "organization",
    "service_at_locations": "service_at_location",
}


async def test_the_published_schemas_agree(referrals: Referrals) -> None:
    """The specification's own compiled files find nothing wrong either."""
    folder = Path(os.environ["LOKAL_HSDS_SCHEMAS"])
    await fill(referrals)
    for path, name in PUBLISHED.items():
        schema = Draft202012Validator(json.loads((folder / f"{name}.json").read_text()))
        for entry in (await get(referrals, f"/{path}"))["contents"]:
            schema.validate(await get(referrals, f"/{path}/{entry['id']}"))
