"""Reading an HTML form so that it can be shown again, with what is wrong beside each field and nothing lost."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from shared.refusals import Conflict, Invalid
from shared.web import messages
from shared.web.idempotency import FORM_FIELD

Model = TypeVar("Model", bound=BaseModel)
Result = TypeVar("Result")


@dataclass
class Filled(Generic[Model]):
    """A form as it was sent: the checked `value`, or None and the `errors` by the field's name in the form."""

    texts: dict[str, list[str]]
    value: Model | None = None
    errors: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[int]] = field(default_factory=dict)
    """For each list of objects, which row of the form each one was: empty rows were left out."""

    def text(self, name: str, default: str = "") -> str:
        """What stood in a field, to be shown again."""
        return self.texts.get(name, [default])[0]

    def chosen(self, name: str) -> list[str]:
        """What was ticked in a group of boxes."""
        return self.texts.get(name, [])

    def refuse(self, invalid: Invalid) -> None:
        """Take over what a rule of the domain found wrong."""
        self.errors.update((_as_sent(path, self.rows), message) for path, message in invalid.errors)


async def read(request: Request, model: type[Model]) -> Filled[Model]:
    """Read the request's form as `model`.

    Fields named `persons.0.given_name` make up lists of objects; an object whose fields are all empty is left out (the
    spare row of a table). An empty field is no value: a default applies, and what has none is missing.
    """
    form = await request.form()
    texts: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str) and name != FORM_FIELD:
            texts.setdefault(name, []).append(value)
    tree, rows = _tree(model, texts)
    filled = Filled[Model](texts, rows=rows)
    try:
        filled.value = model.model_validate(tree)
    except ValidationError as wrong:
        found = messages.of_validation([{**error, "loc": ("form", *error["loc"])} for error in wrong.errors()])
        for path, message in found:
            filled.errors.setdefault(_as_sent(path, rows), message)
    return filled


async def attempt(session: AsyncSession, form: Filled[Any], work: Awaitable[Result]) -> Result | None:
    """Do it; if a rule refuses, put its sentence into the form. What was begun is undone before the form is shown."""
    try:
        async with session.begin_nested():
            return await work
    except Invalid as invalid:
        form.refuse(invalid)
    except Conflict as conflict:
        form.errors[""] = conflict.message
    return None


def _tree(model: type[BaseModel], texts: dict[str, list[str]]) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """The form's fields as an object, and for each list of objects which row of the form each one was."""
    tree: dict[str, Any] = {}
    objects: dict[str, dict[str, str]] = {}
    lists: dict[str, dict[int, dict[str, str]]] = {}
    for name, values in texts.items():
        head, _, rest = name.partition(".")
        index, _, leaf = rest.partition(".")
        given = [value for value in values if value.strip()]
        if leaf and index.isdecimal() and len(index) < 4:
            row = lists.setdefault(head, {}).setdefault(int(index), {})
            if given:
                row[leaf] = given[0]
        elif rest and head not in texts:
            if given:
                objects.setdefault(head, {})[rest] = given[0]
        elif given:  # also a dotted name that fits nothing: as an unknown field it is an error
            tree[name] = given if _takes_many(model, name) else given[0]
    tree.update(objects)
    rows: dict[str, list[int]] = {}
    for name, table in lists.items():
        rows[name] = [index for index in sorted(table) if table[index]]
        tree[name] = [table[index] for index in rows[name]]
    return tree, rows


def _takes_many(model: type[BaseModel], name: str) -> bool:
    if name not in model.model_fields:
        return False
    annotation = model.model_fields[name].annotation
    kinds = {get_origin(annotation), *(get_origin(part) for part in get_args(annotation))}
    return bool(kinds & {list, tuple, set, frozenset})


def _as_sent(path: str, rows: dict[str, list[int]]) -> str:
    head, *rest = path.split(".")
    if rest and head in rows and rest[0].isdecimal() and int(rest[0]) < len(rows[head]):
        rest[0] = str(rows[head][int(rest[0])])
    return ".".join([head, *rest])
