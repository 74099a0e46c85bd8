"""„Wissen": answers to questions that come back, by topic; found at the desk while a contact's topic is chosen."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.referrals.commands import knowledge
from services.referrals.desk import ByAnyOnPage, ByCoordinatorOnPage, ByTeamOnPage
from services.referrals.directory_inputs import AddKnowledge, WriteKnowledge
from services.referrals.domain.offers import LANGUAGES
from services.referrals.queries.knowledge import knowledge_page, list_knowledge
from services.referrals.tables import KnowledgePage
from shared.contracts.words import Topic
from shared.web import forms
from shared.web.forms import Filled, attempt
from shared.web.pagination import PageQuery
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages
from shared.web.tokens import Role

router: APIRouter = page_router("/referrals")

_DONE = {"added": "Die Seite steht.", "written": "Gespeichert.", "withdrawn": "Die Seite wurde zurückgezogen."}
_AT_THE_DESK = 5
"""So many answers are offered beside a contact; the rest is a click away."""

TopicOrNone = Annotated[Topic | Literal[""], Query()]


@router.get("/knowledge")
async def show_list(
    page: PageQuery,
    by: ByAnyOnPage,
    session: Session,
    pages: Pages,
    topic: TopicOrNone = "",
    q: Annotated[str, Query(max_length=100)] = "",
    done: str = "",
) -> Response:
    """All answers, or those to a topic or with a word."""
    after = page.after(str)
    rows = await list_knowledge(session, topic or None, None, q.strip() or None, after[0] if after else None,
                                page.limit + 1)  # fmt: skip
    shown = page.page(rows, lambda row: (row.slug,), lambda row: row)
    return pages.render(
        "knowledge.html",
        by=by,
        rows=shown.items,
        next_cursor=shown.next_cursor,
        chosen={"topic": topic, "q": q},
        writes=_writes(by.role),
        done=_DONE.get(done, ""),
    )


@router.get("/fragments/knowledge")
async def at_the_desk(by: ByTeamOnPage, session: Session, pages: Pages, topic: Topic) -> Response:
    """The answers to a topic, to stand beside the contact that is just recorded."""
    rows = await list_knowledge(session, topic, None, None, None, _AT_THE_DESK + 1)
    return pages.render("knowledge_at_desk.html", rows=rows[:_AT_THE_DESK], more=len(rows) > _AT_THE_DESK, topic=topic)


@router.get("/knowledge/new")
async def ask_new(by: ByCoordinatorOnPage, pages: Pages) -> Response:
    """What the answer is, in plain language."""
    return _ask(pages, Filled[AddKnowledge]({}), None)


@router.post("/knowledge/new")
async def add(request: Request, by: ByCoordinatorOnPage, session: Session, pages: Pages) -> Response:
    """Enter it."""
    form = await forms.read(request, AddKnowledge)
    if form.value is not None:
        page = await attempt(session, form, knowledge.add_page(session, by, form.value))
        if page is not None:
            return _to(pages, page.slug, "added")
    return _ask(pages, form, None)


@router.get("/knowledge/{slug}")
async def show_page(slug: str, by: ByAnyOnPage, session: Session, pages: Pages, done: str = "") -> Response:
    """One answer, in all its languages."""
    page = await knowledge_page(session, slug)
    languages = [language for language in LANGUAGES if page.body.get(language)]
    return pages.render(
        "knowledge_page.html",
        page=page,
        languages=languages,
        review_due=page.review_on < by.today,
        writes=_writes(by.role),
        done=_DONE.get(done, ""),
    )


@router.get("/knowledge/{slug}/edit")
async def ask_change(slug: str, by: ByCoordinatorOnPage, session: Session, pages: Pages) -> Response:
    """The answer as it stands."""
    page = await knowledge_page(session, slug)
    return _ask(pages, Filled[WriteKnowledge](_texts(page)), page)


@router.post("/knowledge/{slug}/edit")
async def change(slug: str, request: Request, by: ByCoordinatorOnPage, session: Session, pages: Pages) -> Response:
    """Write it anew."""
    page = await knowledge_page(session, slug)
    form = await forms.read(request, WriteKnowledge)
    if form.value is not None:
        written = await attempt(session, form, knowledge.write_page(session, by, slug, form.value))
        if written is not None:
            return _to(pages, slug, "written")
    return _ask(pages, form, page)


@router.post("/knowledge/{slug}/withdraw")
async def withdraw(slug: str, by: ByCoordinatorOnPage, session: Session, pages: Pages) -> Response:
    """It is no longer right."""
    await knowledge.withdraw_page(session, by, slug)
    return pages.redirect("/referrals/knowledge?done=withdrawn")


def _writes(role: Role | None) -> bool:
    return role in (Role.TEAM, Role.COORDINATOR)


def _texts(page: KnowledgePage) -> dict[str, list[str]]:
    texts = {"owner": [page.owner], "review_on": [page.review_on.isoformat()]}
    texts |= {name: [word.value] for name, word in (("topic", page.topic), ("area", page.area)) if word is not None}
    for field, by_language in (("title", page.title), ("body", page.body)):
        texts |= {f"{field}.{language}": [text] for language, text in by_language.items()}
    return texts


def _to(pages: PageMaker, slug: str, done: str) -> Response:
    return pages.redirect(f"/referrals/knowledge/{slug}?done={done}")


def _ask(pages: PageMaker, form: Filled[Any], page: KnowledgePage | None) -> Response:
    status = 422 if form.errors else 200
    return pages.render("knowledge_form.html", status=status, form=form, page=page, languages=LANGUAGES)
