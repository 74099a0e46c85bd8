"""The JSON Schemas of what a service publishes, at the address that its events name as their `dataschema`."""

from fastapi import APIRouter, HTTPException, Response

from shared.contracts import schemas


def router(publisher: str) -> APIRouter:
    """`GET /<publisher>/schemas/<event>.v<major>.json`, readable without sign-in: schemas hold nobody's data.

    Raises `FileNotFoundError` when a schema has not been generated, at start rather than at the first request.
    """
    served = schemas.for_publisher(publisher)
    routes = APIRouter(prefix=f"/{publisher}/schemas", tags=["schemas"])

    @routes.get(
        "/{name}",
        summary="JSON Schema of an event",
        response_class=Response,
        responses={
            200: {"content": {"application/schema+json": {}}, "description": "JSON Schema 2020-12"},
            404: {"description": "No event of this service has this name and version"},
        },
    )
    async def schema(name: str) -> Response:
        if name not in served:
            raise HTTPException(404, "Dieses Schema gibt es nicht.")
        # Published versions change only by added optional fields: an hour-old copy is as good.
        return Response(
            served[name], media_type="application/schema+json", headers={"Cache-Control": "public, max-age=3600"}
        )

    return routes
