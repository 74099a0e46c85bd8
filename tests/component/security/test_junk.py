"""What no client sends: requests written by hand, byte by byte, to the running services."""

import base64
import json
import socket
from collections.abc import Callable
from urllib.parse import quote, urlsplit

import pytest

from tests.component.security.conftest import Running

Ask = Callable[..., tuple[int, bytes]]
HOUSEHOLDS = b"/intake/api/v1/households"
CONTACTS = b"/intake/api/v1/contacts"
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="account"\r\n\r\n\\ud800..\r\n'
    b'--x\r\nContent-Disposition: form-data; name="family_name"\r\n\r\n\\ud800..\r\n--x--\r\n'
)
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
JSON = b"Content-Type: application/json\r\n"
PAGE = b"Accept: text/html\r\n"


@pytest.fixture
def ask(running: Running) -> Ask:
    """Sends exactly these bytes; returns the status and the whole answer. As a member of the team, if not said."""

    def send(
        path: bytes,
        headers: bytes = b"",
        body: bytes = b"",
        *,
        method: bytes = b"GET",
        host: bytes = b"127.0.0.1",
        who: str = "team",
        service: str = "intake",
    ) -> tuple[int, bytes]:
        address = urlsplit(running.urls[service])
        lines = b"%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n" % (method, path, host)
        if (token := running.tokens[service][who]) is not None:
            lines += b"Authorization: Bearer %s\r\n" % token.encode()
        if body:
            lines += b"Content-Length: %d\r\n" % len(body)
        with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=30) as connection:
            connection.sendall(lines + headers + b"\r\n" + body)
            answer = b""
            while part := connection.recv(65536):
                answer += part
        assert answer, "the connection was closed without an answer"
        return int(answer.split(b" ", 2)[1]), answer

    return send


def _cursor(*values: object) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=")


ANY_ID = "01940000-0000-7000-8000-000000000000"


@pytest.mark.parametrize("host", [b"[", b"[::1", b"a b", b"", b"\xff\xfe", b"127.0.0.1:99999999", b"@", b"x" * 5000])
@pytest.mark.parametrize("path", [b"/", HOUSEHOLDS, b"/nowhere"])
def test_no_host_header_breaks_anything(ask: Ask, host: bytes, path: bytes) -> None:
    """The services build no address from the Host header, so nothing in it does harm."""
    status, answer = ask(path, PAGE, host=host)
    assert status in (200, 400, 404)
    assert not host or len(host) < 5 or host not in answer


@pytest.mark.parametrize(
    "origin", [b"http://[", b"http://[v1.x]", b"null", b"http://", b"//", b"\xff", b"://127.0.0.2"]
)
def test_an_origin_that_is_none_is_foreign(ask: Ask, origin: bytes) -> None:
    """A form with an unreadable Origin is refused as one from another website, not with an error of ours."""
    status, _ = ask(
        b"/sign-in", b"Origin: %s\r\n%s" % (origin, FORM), b"account=a&password=b", method=b"POST", who="nobody"
    )
    assert status == 403


@pytest.mark.parametrize("address", [b"http://[", b"\xff", b"x" * 8000, b"http://x/\xc3\xbc?\xe2\x82\xac"])
def test_no_address_of_a_page_breaks_the_way_to_the_sign_in(ask: Ask, address: bytes) -> None:
    """The page that htmx says it is on may be anything."""
    status, answer = ask(b"/intake/households", b"HX-Request: true\r\nHX-Current-URL: %s\r\n" % address, who="nobody")
    assert status == 204
    assert b"hx-redirect: /sign-in" in answer.lower()


@pytest.mark.parametrize("charset", [b"undefined", b"unicode_escape", b"idna", b"utf-7", b'"UTF-16"'])
@pytest.mark.parametrize("path", [b"/sign-in", b"/intake/households/new", b"/intake/office-hours/contacts"])
def test_a_form_in_another_charset_is_refused(ask: Ask, path: bytes, charset: bytes) -> None:
    """Codecs that always fail or make lone surrogates never get to decode a form."""
    kind = b"Content-Type: multipart/form-data; boundary=x; charset=%s\r\n" % charset
    status, answer = ask(path, kind, MULTIPART, method=b"POST")
    assert status == 422
    assert b"UTF-8" in answer


@pytest.mark.parametrize(
    "kind",
    [b"multipart/form-data", b"multipart/form-data; boundary=", b"multipart/form-data; boundary=\xff", b"\xff/\xff"],
)
@pytest.mark.parametrize("path", [b"/sign-in", b"/intake/households/new", CONTACTS])
def test_a_body_of_no_kind_is_refused(ask: Ask, path: bytes, kind: bytes) -> None:
    """A body that nothing can read gets an answer that says so."""
    status, _ = ask(path, b"Content-Type: %s\r\n" % kind, MULTIPART, method=b"POST")
    assert status in (401, 422)


@pytest.mark.parametrize("next_page", ["/€", "/\u202e", "/a\u0000b", "/ü?q=ü#ü"])
def test_any_letter_may_stand_in_the_next_page(ask: Ask, next_page: str) -> None:
    """A header holds Latin-1 only; the way on after the sign-in is written in ASCII."""
    path = b"/sign-in?next=%s" % quote(next_page).encode()
    assert ask(path, b"HX-Request: true\r\n")[0] == 204
    assert ask(path)[0] == 303


@pytest.mark.parametrize(
    "body",
    [
        b"\xff",
        b'"\\ud800"',
        b'{"target_group":"\\ud800"}',
        b'{"target_group":"refugee","partner":"a\\u0000"}',
        b'{"\\ud800":1}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"target_group":1e400}',
        b'{"target_group":%s}' % (b"9" * 50_000),
        b"NaN",
        b'{"target_group":"refugee","at":"0001-01-01T00:00:00+23:59"}',
        b'{"target_group":"refugee","at":"9999-12-31T23:59:59-23:59"}',
        b'{"target_group":"refugee","at":99999999999999999999}',
        b'{"target_group":"refugee","partner":"a\\nb"}',
        b'{"target_group":"refugee","language":"de-%s"}' % (b"a-" * 30_000),
    ],
)
def test_no_body_breaks_a_call(ask: Ask, body: bytes) -> None:
    """Unreadable, bottomless, astronomic: 422 and a problem document."""
    status, answer = ask(CONTACTS, JSON, body, method=b"POST")
    assert status == 422, answer
    assert b"application/problem+json" in answer


@pytest.mark.parametrize(
    ("path", "who", "key"),
    [
        (HOUSEHOLDS, "team", ("\x00", ANY_ID)),
        (HOUSEHOLDS, "team", ("a", "b")),
        (HOUSEHOLDS, "team", ("a",)),
        (b"/intake/households", "team", ("\x00", ANY_ID)),
        (CONTACTS, "team", ("9999-12-31T23:59:59.999999-23:00", ANY_ID)),
        (CONTACTS, "team", ("0001-01-01T00:00:00+23:00", ANY_ID)),
        (b"/intake/api/v1/first-visits", "team", ("2026-01-01T00:00:01", ANY_ID)),
        (b"/intake/api/v1/access-log", "privacy", ("2026-01-01T00:00:00Z", 2**63)),
        (b"/intake/api/v1/access-log", "privacy", ("0001-01-01T00:00:00+23:00", -1)),
        (b"/intake/access-log", "privacy", ("9999-12-31T23:59:59-23:00", 1)),
        (b"/intake/access-log", "privacy", (1e300, 1)),
    ],
)
def test_an_invented_cursor_is_refused(ask: Ask, path: bytes, who: str, key: tuple[object, ...]) -> None:
    """A cursor is opaque to honest clients; what others make of it is an error of theirs."""
    status, answer = ask(path + b"?cursor=" + _cursor(*key), who=who)
    assert status == 422, answer


@pytest.mark.parametrize("path", [HOUSEHOLDS, b"/intake/households"])
def test_a_parameter_given_twice_is_refused(ask: Ask, path: bytes) -> None:
    """Of two answers to one question none is taken, instead of silently the last."""
    assert ask(path + b"?q=a")[0] == 200
    assert ask(path + b"?q=a&q=b")[0] == 422


@pytest.mark.parametrize("day", [b"9999-12-31", b"0001-01-01", b"0000-00-00", b"\xff", b"1e9"])
@pytest.mark.parametrize(
    ("path", "who"), [(CONTACTS, "team"), (b"/intake/api/v1/access-log", "privacy"), (b"/intake/access-log", "privacy")]
)
def test_a_day_at_the_edge_of_the_calendar_is_refused(ask: Ask, path: bytes, who: str, day: bytes) -> None:
    """A day has to have a beginning and an end in Dortmund."""
    status, _ = ask(path + b"?day=" + day, who=who)
    assert status in (400, 422)  # 400: the HTTP parser takes no such byte


@pytest.mark.parametrize(
    "query", [b"from=0001-01-01&to=9999-12-31", b"from=9999-12-31&to=9999-12-31", b"to=0001-01-01", b"on=9999-12-31"]
)
@pytest.mark.parametrize(
    "path",
    [
        b"/reporting/figures",
        b"/reporting/figures/months.csv",
        b"/reporting/figures/weekday-hours.svg",
        b"/reporting/figures/legal-circles.svg",
        b"/reporting/api/v1/figures",
        b"/reporting/api/v1/contacts",
        b"/reporting/api/v1/legal-circles",
    ],
)
def test_any_period_can_be_asked_for(ask: Ask, path: bytes, query: bytes) -> None:
    """Figures of all ten thousand years are an odd question, and no error of ours."""
    status, _ = ask(path + b"?" + query, who="coordinator", service="reporting")
    assert status in (200, 422)


@pytest.mark.parametrize(
    "path",
    [
        b"/intake/static/%00",
        b"/intake/static/../app.py",
        b"/intake/static/../../../etc/passwd",
        b"/intake/static/..%2f..%2fapp.py",
        b"/intake/static/%2e%2e/app.py",
        b"/intake/static/..%5capp.py",
        b"/intake/static/vendor/../../app.py",
        b"/intake/static//etc/passwd",
        b"/intake/static/%2fetc%2fpasswd",
        b"/intake/static/lokal.css/..",
        b"/intake/static/" + b"a" * 3000,
        b"/intake/static/",
        b"/intake/static/vendor/",
        b"/reporting/schemas/..%2f__init__.py",
        b"/intake/../metrics",
        b"//metrics/",
    ],
)
def test_no_path_leads_out_of_the_folder(ask: Ask, path: bytes) -> None:
    """Nothing but the files that are meant to be seen is served."""
    status, answer = ask(path, who="nobody", service="reporting" if b"reporting" in path else "intake")
    assert status == 404
    assert b"root:" not in answer
    assert b"import" not in answer


@pytest.mark.parametrize(
    "headers",
    [
        b"traceparent: 00-\xff-1-1\r\n",
        b"traceparent: " + b"0" * 4000 + b"\r\n",
        b"Accept: text/csv;q=nan\r\n",
        b"X-Forwarded-For: \xff, [, 999.1.1.1\r\n",
        b"X-Forwarded-Proto: javascript\r\n",
        b"X-Forwarded-Host: [\r\n",
        b"If-None-Match: \xff\r\n",
        b"Cookie: lokal_session=\xff; =;=\r\n",
        b"Sec-Fetch-Site: \xff\r\n",
        b"Idempotency-Key: \xff\r\n",
    ],
)
def test_no_header_breaks_a_call(ask: Ask, headers: bytes) -> None:
    """Headers are for those who understand them; junk in them is no error of ours."""
    assert ask(CONTACTS, headers)[0] == 200
    status, _ = ask(CONTACTS, headers + JSON, b'{"target_group":"refugee"}', method=b"POST")
    assert status == (422 if b"Idempotency" in headers else 201)


@pytest.mark.parametrize(
    "authorization", [b"", b"Bearer", b"Bearer ", b"Basic eDp5", b"Bearer \xff", b"Bearer " + b"." * 100, b"Bearer a b"]
)
def test_an_authorization_that_proves_nothing_is_nobodys(ask: Ask, authorization: bytes) -> None:
    """No way of writing the header lets anybody in."""
    status, answer = ask(HOUSEHOLDS, b"Authorization: %s\r\n" % authorization, who="nobody")
    assert status == 401
    assert b"www-authenticate: bearer" in answer.lower()


def test_a_line_break_in_an_address_makes_no_header(ask: Ask) -> None:
    """What stands in an address never becomes a header of the answer."""
    for path in (b"/?%0d%0aSet-Cookie:%20x=1", b"/sign-in?next=/%0d%0aSet-Cookie:%20x=1", b"/intake/%0d%0aX: 1"):
        _, answer = ask(path, PAGE, who="nobody")
        head = answer.partition(b"\r\n\r\n")[0].lower()
        assert b"\r\nset-cookie" not in head


@pytest.mark.parametrize("number", [b"0", b"1700000000", b"-1.5e3", b"nan"])
@pytest.mark.parametrize(
    ("path", "who", "service"),
    [
        (CONTACTS + b"?day=", "team", "intake"),
        (b"/intake/api/v1/access-log?day=", "privacy", "intake"),
        (b"/intake/access-log?day=", "privacy", "intake"),
        (b"/reporting/api/v1/legal-circles?on=", "coordinator", "reporting"),
        (b"/reporting/figures?on=", "coordinator", "reporting"),
    ],
)
def test_a_number_is_no_day(ask: Ask, path: bytes, who: str, service: str, number: bytes) -> None:
    """A number is not taken for seconds since 1970."""
    assert ask(path + number, who=who, service=service)[0] == 422
    body = b'{"target_group":"refugee","at":"%s"}' % number
    assert ask(CONTACTS, JSON, body, method=b"POST")[0] == 422
