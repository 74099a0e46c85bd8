"""Says on the page „Zahlen" what the demonstration's figures are, and whose."""

import httpx

from deploy.demo.load import Refused
from deploy.demo.pilot import BEGIN, END

TEXT = (
    "Die Familien und Kontakte dieses Zeitraums sind erfunden. Die Summen sind die des Abschlussberichts vom Mai 2017: "
    "150 Haushalte mit 370 Personen, 137 erreicht, 43 zu Hause besucht, 530 Besuche der Sprechstunde von 150 Menschen, "
    "43 Menschen aus der Nachbarschaft, 53 Partner, 1.250 Kontakte. Von uns und nicht aus dem Bericht ist die "
    "Aufteilung der 1.250 auf Zielgruppen, Anliegen, Monate und Stunden, ebenso die der Personen auf Rechtskreise und "
    "Stadtbezirke: Diese Zahlen fehlen in unserem Exemplar. Auch die Vermittlungen sind erfunden; aus dem Bericht ist "
    "von ihnen allein die Schulung für 12 Geflüchtete."
)


async def say_so(gateway: str, token: str) -> None:
    """Put the notice there, with a coordinator's token; again changes nothing. Raises `Refused`."""
    async with httpx.AsyncClient(base_url=gateway, timeout=30) as client:
        try:
            answer = await client.put(
                "/reporting/api/v1/notices/pilot",
                json={"from": BEGIN.isoformat(), "to": END.isoformat(), "text": TEXT},
                headers={"authorization": f"Bearer {token}"},
            )
        except httpx.HTTPError as error:
            raise Refused(f"the notice about the figures: {type(error).__name__}") from None
    if not answer.is_success:
        raise Refused(f"the notice about the figures: {answer.status_code}")
