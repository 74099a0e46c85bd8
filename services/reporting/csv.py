"""Tables as CSV (RFC 4180, UTF-8), asked for by `Accept` or linked from a page."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response


def wants_csv(request: Request) -> bool:
    """Whether the client prefers CSV to JSON."""
    accepted = {}
    for part in request.headers.get("accept", "").split(","):
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            accepted[media_type] = float(quality)
        except ValueError:
            accepted[media_type] = 0.0
    csv_quality = accepted.get("text/csv", accepted.get("text/*", 0.0))
    return csv_quality > accepted.get("application/json", accepted.get("application/*", 0.0))


def csv_response(name: str, rows: Sequence[Mapping[str, Any]]) -> Response:
    """A CSV file with a header line; a withheld or missing value is an empty field."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else ["key", "count"])
    writer.writeheader()
    writer.writerows(rows)
    return Response(
        text.getvalue(),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
