"""Open Referral: the directory for other directories, in HSDS 3.1, readable without sign-in."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, AwareDatetime
from starlette.requests import Request

from services.referrals.queries import hsds
from services.referrals.queries.hsds import Wanted, page_of, taxonomies, taxonomy_terms
from shared.refusals import Invalid, Missing
from shared.web import german
from shared.web.inputs import check_text
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/referrals/api/hsds", tags=["Open Referral"])
VERSION = "3.1.0"
PROFILE = "https://docs.openreferral.org/en/3.1/hsds/"

Number = Annotated[int, Query(ge=1, le=100_000, description="Welche Seite, ab 1.")]
PerPage = Annotated[int, Query(ge=1, le=100, description="Höchstens so viele Einträge.")]
# Whoever is not signed in may send characters that the database does not take.
Text = Annotated[str, AfterValidator(check_text)]
Search = Annotated[Text | None, Query(max_length=100, description="In Name und Beschreibung.")]
Postcode = Annotated[Text | None, Query(max_length=10, description="Mit dieser Postleitzahl.")]
Since = Annotated[AwareDatetime | None, Query(description="Nur, was danach geändert oder zurückgezogen wurde.")]
Flag = Annotated[bool, Query()]


async def _list(request: Request, page: Number = 1, per_page: PerPage = 25, search: Search = None) -> Wanted:
    """What every list takes. `format` is JSON alone, and nobody knows how far away anything is."""
    if request.query_params.get("format", "json") != "json":
        raise Invalid("format", "Es gibt nur json.")
    if "proximity" in request.query_params:
        raise Invalid("proximity", "Die Suche nach Entfernung wird nicht unterstützt.")
    return Wanted(page, per_page, search.strip() or None if search else None)


async def _changing(
    wanted: Annotated[Wanted, Depends(_list)],
    modified_after: Since = None,
    minimal: Flag = False,
    full: Flag = False,
    format: Annotated[str, Query(description="Nur json.")] = "json",
) -> Wanted:
    return _with(wanted, modified_after=modified_after, minimal=minimal, full=full)


def _with(wanted: Wanted, **more: Any) -> Wanted:
    return Wanted(**{name: getattr(wanted, name) for name in Wanted.__dataclass_fields__} | more)


List = Annotated[Wanted, Depends(_list)]
Changing = Annotated[Wanted, Depends(_changing)]
Entry = dict[str, Any]


@router.get("/")
async def about(request: Request) -> Entry:
    """Was das hier ist."""
    return {
        "version": VERSION,
        "profile": PROFILE,
        "openapi_url": f"{request.app.state.settings.public_url}/referrals/api/openapi.json",
        "description": "Angebote für zugewanderte Familien in Dortmund, aus dem Netzwerk lokal willkommen.",
        "publisher": {"name": "lokal willkommen, Stadt Dortmund"},
    }


@router.get("/services")
async def list_services(
    wanted: Changing,
    session: Session,
    organization_id: Annotated[UUID | None, Query(description="Von diesem Partner.")] = None,
    taxonomy_term_id: Annotated[UUID | None, Query(description="Von dieser Art.")] = None,
    taxonomy_id: Annotated[UUID | None, Query(description="Aus dieser Liste von Begriffen.")] = None,
    postcode: Postcode = None,
) -> Entry:
    """Angebote."""
    more = {"organization_id": organization_id, "taxonomy_term_id": taxonomy_term_id, "taxonomy_id": taxonomy_id}
    return await hsds.services(session, _with(wanted, **more, postcode=postcode), german.today())


@router.get("/services/{id}")
async def read_service(id: UUID, session: Session) -> Entry:
    """Ein Angebot mit allem, was dazugehört."""
    return await hsds.service(session, id, german.today())


@router.get("/organizations")
async def list_organizations(
    wanted: Changing,
    session: Session,
    full_service: Annotated[bool, Query(description="Mit den Angeboten und allem, was zu ihnen gehört.")] = False,
) -> Entry:
    """Partner."""
    return await hsds.organizations(session, wanted, german.today(), full_service=full_service)


@router.get("/organizations/{id}")
async def read_organization(id: UUID, session: Session) -> Entry:
    """Ein Partner mit seinen Angeboten."""
    return await hsds.organization(session, id, german.today())


@router.get("/service_at_locations")
async def list_service_at_locations(
    wanted: Changing,
    session: Session,
    organization_id: Annotated[UUID | None, Query(description="Von diesem Partner.")] = None,
    taxonomy_term_id: Annotated[UUID | None, Query(description="Von dieser Art.")] = None,
    taxonomy_id: Annotated[UUID | None, Query(description="Aus dieser Liste von Begriffen.")] = None,
    postcode: Postcode = None,
) -> Entry:
    """Wo Angebote stattfinden."""
    more = {"organization_id": organization_id, "taxonomy_term_id": taxonomy_term_id, "taxonomy_id": taxonomy_id}
    return await hsds.service_at_locations(session, _with(wanted, **more, postcode=postcode), german.today())


@router.get("/service_at_locations/{id}")
async def read_service_at_location(id: UUID, session: Session) -> Entry:
    """Ein Ort mit seinem Angebot."""
    return await hsds.service_at_location(session, id, german.today())


@router.get("/taxonomies")
async def list_taxonomies(wanted: List) -> Entry:
    """Die Liste der Begriffe."""
    return _cut(taxonomies(), wanted)


@router.get("/taxonomies/{id}")
async def read_taxonomy(id: UUID) -> Entry:
    """Eine Liste von Begriffen."""
    return _one(taxonomies(), id)


@router.get("/taxonomy_terms")
async def list_taxonomy_terms(
    wanted: List,
    taxonomy_id: Annotated[UUID | None, Query(description="Aus dieser Liste von Begriffen.")] = None,
    parent_id: Annotated[UUID | None, Query(description="Unter diesem Begriff; hier gibt es keine.")] = None,
    top_only: Annotated[bool, Query(description="Nur oberste Begriffe; hier sind es alle.")] = False,
) -> Entry:
    """Arten von Angeboten und Bereiche des Bedarfs."""
    known = parent_id is None and taxonomy_id in (None, hsds.TAXONOMY_ID)
    return _cut(taxonomy_terms() if known else [], wanted)


@router.get("/taxonomy_terms/{id}")
async def read_taxonomy_term(id: UUID) -> Entry:
    """Ein Begriff."""
    return _one(taxonomy_terms(), id)


def _cut(entries: list[Entry], wanted: Wanted) -> Entry:
    found = [entry for entry in entries if (wanted.search or "").lower() in str(entry["name"]).lower()]
    first = (wanted.page - 1) * wanted.per_page
    return page_of(found[first : first + wanted.per_page], len(found), wanted)


def _one(entries: list[Entry], entry_id: UUID) -> Entry:
    for entry in entries:
        if entry["id"] == str(entry_id):
            return entry
    raise Missing("Der Begriff")
