"""A browser without scripts: fetches pages, fills in their forms as they stand, and follows where they lead."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx


@dataclass
class PageForm:
    """A form of a page: where it goes, and what it already holds."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(PageForm(said.get("action", "")))
        elif tag in ("input", "select", "textarea", "button") and self.forms and "name" in said:
            form = self.forms[-1]
            form.names.add(said["name"])
            if tag == "button":
                form.buttons.append((said["name"], said.get("value", "")))
            elif tag == "input" and (said.get("type") not in ("checkbox", "radio") or "checked" in said):
                form.values[said["name"]] = said.get("value", "")


class Browser:
    """One person at the desk."""

    def __init__(self, origin: str) -> None:
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin", "origin": origin}
        self._client = httpx.Client(base_url=origin, headers=headers, follow_redirects=True, timeout=60)
        self.page = ""

    def open(self, path: str) -> None:
        """Open a page."""
        self.page = self._client.get(path).raise_for_status().text

    def submit(self, action: str, **values: str) -> None:
        """Fill in the page's form that goes there, and send it; dots in names are written as two underscores."""
        given = {name.replace("__", "."): value for name, value in values.items()}
        forms = [form for form in _Forms(self.page).forms if form.action == action]
        form = next(form for form in forms if {*given} <= form.names)
        self.page = self._client.post(action, data={**form.values, **given}).raise_for_status().text

    def sign_in(self, account: str, password: str) -> None:
        """Sign in at the site."""
        self.open("/sign-in")
        self.submit("/sign-in", account=account, password=password)
