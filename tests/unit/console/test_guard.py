"""The guard around the pages: who gets where, with which token, and what every answer says to a browser."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router

from workers.console.attempts import OF_NAME_MAX, Attempts
from workers.console.door import Door
from workers.console.guard import Guard, Proxy, needed
from workers.console.passwords import BY_PROXY, hashed
from workers.console.sessions import COOKIE, Sessions
from workers.console.users import OPERATOR, VIEWER, User, add_user

PASSWORD = "correct horse battery"
PROXY = "192.0.2.9"
HEADER = "X-Forwarded-User"


async def told(request: Request) -> Response:
    """A page that says who looks, and the token of its forms."""
    reader = request.state.reader
    return PlainTextResponse(f"{reader.user.name if reader.user else ''}\n{reader.token}")


async def broken(request: Request) -> Response:
    """A page with a bug."""
    raise RuntimeError("4111111111111111")


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """Two who log in, and one who comes through the proxy."""
    path = tmp_path / "users"
    given = hashed(PASSWORD, cost=1 << 10)
    add_user(path, User("ona", OPERATOR, given))
    add_user(path, User("jonas", VIEWER, given))
    add_user(path, User("rasa", OPERATOR, BY_PROXY))
    sessions = Sessions(time.time)
    door = Door(path, sessions, Attempts(time.monotonic))
    routes = [
        Route("/login", told, methods=["GET"]),
        Route("/login", door.enter, methods=["POST"]),
        Route("/logout", door.leave, methods=["POST"]),
        Route("/", told),
        Route("/broken", broken),
        Route("/actions/queue-pause", told, methods=["GET", "POST"]),
    ]
    return Guard(Router(routes), path, Proxy([ip_network(f"{PROXY}/32")], HEADER), sessions)


@pytest.fixture
async def browser(guard: Guard) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at another address than the proxy's."""
    async with _browser(guard, "198.51.100.7") as client:
        yield client


def _browser(guard: Guard, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(guard, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:8088")


async def logged_in(browser: httpx.AsyncClient, name: str, password: str = PASSWORD) -> httpx.Response:
    """What the login's form answers."""
    token = (await browser.get("/login")).text.partition("\n")[2]
    return await browser.post("/login", data={"token": token, "name": name, "password": password})


async def test_nobody_sees_anything_without_a_login(browser: httpx.AsyncClient) -> None:
    """A page sends to the login, and a form is refused."""
    answer = await browser.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert (await browser.post("/actions/queue-pause")).status_code == 403


async def test_a_login_ends_with_the_logout(browser: httpx.AsyncClient) -> None:
    """And the number of its session is a fresh one."""
    before = (await browser.get("/login")).text
    assert (await logged_in(browser, "ona")).headers["location"] == "/"
    name, _, token = (await browser.get("/")).text.partition("\n")
    assert (name, token == before.partition("\n")[2]) == ("ona", False)
    assert (await browser.post("/logout", data={"token": token})).headers["location"] == "/login"
    assert (await browser.get("/")).status_code == 303


@pytest.mark.parametrize(("name", "password"), [("ona", "wrong"), ("nobody", PASSWORD), ("rasa", ""), ("rasa", "-")])
async def test_a_wrong_login_is_told_the_same_whatever_is_wrong(
    browser: httpx.AsyncClient, name: str, password: str
) -> None:
    """A name that is not there, a wrong password, and a user of the proxy."""
    answer = await logged_in(browser, name, password)
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text


async def test_passwords_are_not_tried_for_ever(browser: httpx.AsyncClient) -> None:
    """Then not even the right one is looked at."""
    for _ in range(OF_NAME_MAX):
        await logged_in(browser, "ona", "wrong")
    assert (await logged_in(browser, "ona")).status_code == 429


async def test_a_viewer_looks_and_does_not_act(browser: httpx.AsyncClient) -> None:
    """Neither the form of an action nor the action itself."""
    await logged_in(browser, "jonas")
    token = (await browser.get("/")).text.partition("\n")[2]
    assert (await browser.get("/actions/queue-pause")).status_code == 403
    assert (await browser.post("/actions/queue-pause", data={"token": token})).status_code == 403


@pytest.mark.parametrize(
    ("token", "headers", "status"),
    [
        ("mine", {}, 200),
        ("mine", {"Origin": "http://localhost:8088"}, 200),
        ("mine", {"Origin": "http://evil.example"}, 403),
        ("mine", {"Origin": "null"}, 403),
        ("mine", {"Origin": "http://["}, 403),
        ("", {}, 403),
        ("another", {}, 403),
    ],
)
async def test_an_operator_acts_with_the_token_of_a_page_of_ours(
    browser: httpx.AsyncClient, token: str, headers: dict[str, str], status: int
) -> None:
    """Not from a page of others, and not with another session's token."""
    await logged_in(browser, "ona")
    mine = (await browser.get("/")).text.partition("\n")[2]
    given = mine if token == "mine" else token
    answer = await browser.post("/actions/queue-pause", data={"token": given}, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "body", [b"token=" + b"a" * 9000, b"a=1&a=2", b"\xff=1", b"&".join(b"f%d=1" % n for n in range(30))]
)
async def test_a_form_that_is_too_much_is_refused(browser: httpx.AsyncClient, body: bytes) -> None:
    """Too long, a field twice, no text, too many fields."""
    assert (await browser.post("/login", content=body)).status_code == 400


async def test_the_proxys_word_counts_from_the_proxy_only(guard: Guard, browser: httpx.AsyncClient) -> None:
    """From another address the header is a header; a name that is not in the file is nobody, and so is a session
    that the proxy says nothing of."""
    async with _browser(guard, PROXY) as proxied:
        assert (await proxied.get("/", headers={HEADER: "rasa"})).text.startswith("rasa\n")
        assert (await proxied.get("/")).status_code == 303
        assert (await proxied.get("/", headers={HEADER: "stranger"})).status_code == 303
    assert (await browser.get("/", headers={HEADER: "rasa"})).status_code == 303


async def test_every_answer_has_the_policy_and_a_cookie_that_no_script_reads(browser: httpx.AsyncClient) -> None:
    """Pages, refusals and redirections; away from this machine the cookie wants TLS."""
    for path in ("/login", "/", "/actions/queue-pause"):
        headers = (await browser.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
        assert headers["cache-control"] == "no-store"
        assert headers["set-cookie"].endswith("; Path=/; HttpOnly; SameSite=Strict")
    away = (await browser.get("/login", headers={"Host": "console.example"})).headers["set-cookie"]
    assert away.endswith("; Secure")
    assert (await browser.get("/login", headers={"Host": "[:"})).headers["set-cookie"].endswith("; Secure")


@pytest.mark.parametrize("path", ["/actions/queue-pause%23x", "/actions%2Fqueue-pause", "/actions/queue-pause%3Fx"])
async def test_an_address_in_disguise_needs_what_it_stands_for(browser: httpx.AsyncClient, path: str) -> None:
    """The guard goes by the same address as the pages."""
    await logged_in(browser, "jonas")
    assert (await browser.get(path)).status_code == 403


async def test_a_page_that_refreshes_itself_keeps_no_session_alive(browser: httpx.AsyncClient) -> None:
    """It sends no new cookie."""
    await logged_in(browser, "ona")
    assert "set-cookie" not in (await browser.get("/?refreshed=1")).headers
    assert COOKIE in (await browser.get("/")).headers["set-cookie"]


async def test_a_user_who_was_taken_out_is_out_at_once(
    guard: Guard, browser: httpx.AsyncClient, tmp_path: Path
) -> None:
    """The file is read at every request."""
    await logged_in(browser, "ona")
    path = tmp_path / "users"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("ona ")))
    assert (await browser.get("/")).status_code == 303


async def test_a_bug_is_told_without_its_words(browser: httpx.AsyncClient) -> None:
    """What it choked on may be anything."""
    await logged_in(browser, "ona")
    answer = await browser.get("/broken")
    assert answer.status_code == 500
    assert "4111" not in answer.text


def test_what_is_not_known_needs_an_operator_unless_it_only_reads() -> None:
    """The rule for pages that come later."""
    assert [needed("GET", "/new"), needed("HEAD", "/new"), needed("POST", "/new"), needed("PUT", "/")] == [
        VIEWER, VIEWER, OPERATOR, OPERATOR,
    ]  # fmt: skip
