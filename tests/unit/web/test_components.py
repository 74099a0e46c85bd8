"""The building blocks of pages: what is shown is escaped, what is described is announced."""

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from shared.web.templating import Templates

HOSTILE = "\"><script>alert(1)</script><b x='"
VOID = {"input", "br", "hr", "img", "link", "meta"}


class Parsed(HTMLParser):
    """The elements of a piece of HTML; fails when they are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def the(self, *tags: str) -> dict[str, str | None]:
        """The attributes of the only element of these kinds."""
        (found,) = [attributes for tag, attributes in self.elements if tag in tags]
        return found


@pytest.fixture(scope="module")
def render() -> Callable[..., Parsed]:
    """Renders an expression with the components as `c`."""
    environment = Templates(Path("nowhere")).environment

    def render_one(expression: str, **context: Any) -> Parsed:
        return Parsed(environment.from_string('{% import "components.html" as c %}' + expression).render(**context))

    return render_one


COMPONENTS = [
    "{{ c.field(x, x, value=x, hint=x, errors={x: x}, data_x=x) }}",
    "{{ c.textarea(x, x, value=x, hint=x, errors={x: x}, data_x=x) }}",
    "{{ c.select(x, x, [(x, x)], value=x, hint=x, errors={x: x}, data_x=x) }}",
    "{{ c.choose(x, x, [(x, x)], value=x, hint=x, errors={x: x}) }}",
    "{{ c.checkbox(x, x, checked=true, hint=x, errors={x: x}, data_x=x) }}",
    "{{ c.button(x, icon=x, data_x=x) }}",
    "{{ c.link_button(x, x, icon=x, data_x=x) }}",
    "{{ c.alert(x, 'danger', x) }}",
    "{{ c.form_errors({x: x, '': x}) }}",
    "{{ c.badge(x, 'warning') }}",
    "{{ c.tile(x, x, href=x, kind='danger', how=x) }}",
    "{{ c.empty(x, x, x, x) }}",
    "{% call c.table(x, [x], csv=x, foot=[x]) %}{% endcall %}",
    "{{ c.pagination(x, x) }}",
    "{{ c.name(x) }}",
    "{{ icon(x) }}",
]


@pytest.mark.parametrize("expression", COMPONENTS)
def test_nothing_that_was_entered_becomes_html(render: Callable[..., Parsed], expression: str) -> None:
    """Whatever a family is called, no building block turns it into elements or attributes."""
    parsed = render(expression, x=HOSTILE)
    assert not {"script", "b"} & {tag for tag, _ in parsed.elements}
    assert all("x" not in attributes for _, attributes in parsed.elements)


@pytest.mark.parametrize(
    ("expression", "tag"),
    [
        ("{{ c.field('a', 'Straße', hint='h', errors=e) }}", "input"),
        ("{{ c.textarea('a', 'Notiz', hint='h', errors=e) }}", "textarea"),
        ("{{ c.select('a', 'Bezirk', [('x', 'X')], hint='h', errors=e) }}", "select"),
        ("{{ c.checkbox('a', 'Schutz', hint='h', errors=e) }}", "input"),
    ],
)
def test_error_is_read_out_with_its_field(render: Callable[..., Parsed], expression: str, tag: str) -> None:
    """Label, hint and error belong to the field for a screen reader too."""
    parsed = render(expression, e={"a": "Die Angabe fehlt."})
    control = parsed.the(tag)
    ids = {attributes["id"] for _, attributes in parsed.elements if "id" in attributes}
    assert parsed.the("label")["for"] == control["id"] == "a"
    assert control["aria-invalid"] == "true"
    assert (control["aria-describedby"] or "").split() == ["a-hint", "a-error"]
    assert {"a-hint", "a-error"} <= ids
    quiet = render(expression, e={})
    assert "aria-invalid" not in quiet.the(tag)
    assert quiet.the(tag)["aria-describedby"] == "a-hint"


def test_group_is_described_as_a_group(render: Callable[..., Parsed]) -> None:
    """The error of a group of choices is announced with its legend."""
    parsed = render("{{ c.choose('a', 'Wohnform', [('x', 'X'), ('y', 'Y')], value='y', errors={'a': 'Fehlt.'}) }}")
    assert parsed.the("fieldset")["aria-describedby"] == "a-error"
    assert [a.get("value") for t, a in parsed.elements if t == "input" and "checked" in a] == ["y"]


def test_value_is_shown_again(render: Callable[..., Parsed]) -> None:
    """A form that comes back with errors has lost nothing."""
    assert render("{{ c.field('a', 'A', value='Zoë & Co') }}").the("input")["value"] == "Zoë & Co"
    assert render("{{ c.field('a', 'A', value=none) }}").the("input")["value"] == ""
    assert "zwei\nZeilen" in render("{{ c.textarea('a', 'A', value=v) }}", v="zwei\nZeilen").text
    chosen = [a for t, a in render("{{ c.select('a', 'A', [('x', 'X')], value='x') }}").elements if "selected" in a]
    assert [a["value"] for a in chosen] == ["x"]


def test_colour_is_never_alone(render: Callable[..., Parsed]) -> None:
    """An alert says in words what its colour says."""
    for kind, said in (("danger", "Fehler"), ("warning", "Achtung"), ("success", "Erledigt"), ("info", "Hinweis")):
        assert said in render("{{ c.alert('Der Termin', kind) }}", kind=kind).text


def test_name_keeps_its_direction(render: Callable[..., Parsed]) -> None:
    """A name in Arabic letters does not turn the sentence around it."""
    parsed = render("Familie {{ c.name('محمد') }} (4)")
    assert parsed.the("bdi")["dir"] == "auto"


def test_misspelt_variable_is_an_error(render: Callable[..., Parsed]) -> None:
    """A template that names what is not there fails in the test instead of showing a gap."""
    with pytest.raises(UndefinedError):
        render("{{ missing }}")
