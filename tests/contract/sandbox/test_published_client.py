"""`cardinity-python`, a published client of the gateway that we did not write, works against the sandbox.

Its own retries are off: it posts again after a lost answer, which the gateway charges again.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from cardinity import Cardinity
from cardinity.exceptions import APIError, AuthenticationError, NotFoundError, RateLimitError, ServerError

from cardinity_client.sandbox import Rule, Running, SandboxSettings
from tests.contract.sandbox.serving_thread import serve

#: Its rules for browser data are stricter than the gateway's, and it knows no `full-screen`.
THREEDS2: dict[str, Any] = {
    "notification_url": "https://shop.example/3ds",
    "browser_info": {
        "accept_header": "text/html",
        "browser_language": "en-US",
        "screen_width": 1440,
        "screen_height": 900,
        "challenge_window_size": "500x600",
        "user_agent": "Mozilla/5.0",
        "color_depth": 24,
        "time_zone": 0,
        "java_enabled": False,
        "javascript_enabled": True,
    },
}
CARD: dict[str, Any] = {
    "pan": "4111111111111111",
    "exp_year": 2031,
    "exp_month": 4,
    "cvc": "123",
    "holder": "Ona Petraityte",
}
NIL = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def served() -> Iterator[Running]:
    """A sandbox with a seeded chargeback, as the vendor's test accounts have one."""
    with serve(SandboxSettings(seeded_chargeback=True)) as sandbox:
        yield sandbox


@pytest.fixture
def client(served: Running) -> Cardinity:
    """The published client with the sandbox's credentials."""
    return _client(served, "test_sandbox_key", "sandbox-secret")


def test_a_payment_is_created_and_found(client: Cardinity) -> None:
    """Create, get and list tell the same object."""
    payment = _pay(client, order_id="ORD-1")
    assert (payment["status"], payment["payment_instrument"]["pan"]) == ("approved", "1111")
    assert client.get_payment(payment["id"]) == payment
    assert client.get_payment(limit=1) == [payment]


@pytest.mark.parametrize(("cres", "ending"), [("3ds2-pass", "approved"), ("3ds2-fail", "33333: 3D Secure")])
def test_a_challenge_is_finalized(client: Cardinity, cres: str, ending: str) -> None:
    """A pending payment carries where to go; its finalizing is an approval or an error with the payment in it."""
    pending = _pay(client, pan="5454545454545454", threeds2_data=THREEDS2)
    assert (pending["status"], pending["threeds2_data"]["creq"]) == ("pending", "3ds2-pass")
    if cres == "3ds2-pass":
        assert client.finalize_payment(pending["id"], cres=cres)["status"] == ending
        return
    with pytest.raises(APIError, match=ending) as raised:
        client.finalize_payment(pending["id"], cres=cres)
    assert raised.value.response_data["status"] == "declined"


def test_a_card_is_charged_again_by_its_payment(client: Cardinity) -> None:
    """The recurring charge of 20 is approved, the one of 160 declined; both are told as card payments."""
    parent = _pay(client)["id"]
    charge = {"currency": "EUR", "country": "LT", "order_id": "ORD-2", "payment_instrument": {"payment_id": parent}}
    again = client.create_recurring_payment(amount="20.00", **charge)
    assert (again["status"], again["payment_method"]) == ("approved", "card")
    with pytest.raises(APIError, match="Do Not Honor") as raised:
        client.create_recurring_payment(amount="160.00", **charge)
    assert (raised.value.status_code, raised.value.response_data["payment_method"]) == (402, "card")


def test_a_payment_is_refunded_in_parts(client: Cardinity) -> None:
    """Each refund is found alone and in the list; what exceeds the payment is a validation error."""
    payment = _pay(client)["id"]
    refunds = [client.create_refund(payment, amount="4.00", description=f"R-{number}") for number in "12"]
    assert client.get_refund(payment) == refunds[::-1]
    assert client.get_refund(payment, refunds[0]["id"]) == refunds[0]
    with pytest.raises(APIError, match="validation errors") as raised:
        client.create_refund(payment, amount="4.00", description="R-3")
    assert raised.value.response_data["errors"][0]["field"] == "amount"


def test_an_authorization_is_settled(client: Cardinity) -> None:
    """A settlement is found alone and in the list."""
    payment = _pay(client, settle=False)["id"]
    settlement = client.create_settlement(payment, amount="9.99", description="S-1")
    assert (settlement["type"], settlement["parent_id"]) == ("settlement", payment)
    assert client.get_settlement(payment) == [settlement]
    assert client.get_settlement(payment, settlement["id"]) == settlement


def test_an_authorization_is_voided(client: Cardinity) -> None:
    """A void is found alone and in the list."""
    payment = _pay(client, settle=False)["id"]
    void = client.create_void(payment, description="V-1")
    assert (void["type"], void["status"]) == ("void", "approved")
    assert client.get_void(payment) == [void]
    assert client.get_void(payment, void["id"]) == void


@pytest.mark.parametrize("operation", ["create_refund", "create_settlement", "create_void"])
def test_a_declined_operation_is_an_error_with_the_object(client: Cardinity, operation: str) -> None:
    """The description `fail` is 402 in the test mode."""
    payment = _pay(client, settle=operation == "create_refund")["id"]
    amount = {} if operation == "create_void" else {"amount": "1.00"}
    with pytest.raises(APIError) as raised:
        getattr(client, operation)(payment, description="fail", **amount)
    assert (raised.value.status_code, raised.value.response_data["status"]) == (402, "declined")


def test_chargebacks_are_found(client: Cardinity) -> None:
    """All of the account, all of a payment, and one of them."""
    (chargeback,) = client.get_chargeback()
    assert client.get_chargeback(1) == [chargeback]
    payment = chargeback["parent_id"]
    assert client.get_chargeback(payment) == [chargeback]
    assert client.get_chargeback(payment, chargeback["id"]) == chargeback


def test_a_link_is_made_and_changed(client: Cardinity) -> None:
    """A link is enabled until it is switched off."""
    link = client.create_payment_link(amount="40.00", currency="EUR", country="LT", description="Invoice 77")
    assert client.get_payment_link(link["id"]) == link
    assert client.update_payment_link(link["id"], enabled=False) == {**link, "enabled": False}


def test_an_account_without_links_says_so() -> None:
    """400 with the sentence that its own tests look for."""
    with serve(SandboxSettings(links_enabled=False)) as served:
        client = _client(served, "test_sandbox_key", "sandbox-secret")
        with pytest.raises(APIError) as raised:
            client.create_payment_link(amount="40.00", currency="EUR", country="LT", description="Invoice 77")
    assert raised.value.status_code == 400
    assert "Payment links are disabled for this account" in str(raised.value.response_data)


@pytest.mark.parametrize(
    ("method", "ids", "body"),
    [
        ("get_payment", [NIL], {}),
        ("finalize_payment", [NIL], {"cres": "3ds2-pass"}),
        ("create_refund", [NIL], {"amount": "1.00", "description": "R-1"}),
        ("get_settlement", [NIL], {}),
        ("get_void", [NIL, NIL], {}),
        ("get_chargeback", [NIL], {}),
        ("get_payment_link", [NIL], {}),
    ],
)
def test_what_is_not_there_is_not_found(client: Cardinity, method: str, ids: list[str], body: dict[str, str]) -> None:
    """404 is its own kind of error, for every operation."""
    with pytest.raises(NotFoundError):
        getattr(client, method)(*ids, **body)


def test_wrong_credentials_come_before_everything(served: Running) -> None:
    """A wrong key is an authentication error, even for an id that nobody has."""
    with pytest.raises(AuthenticationError):
        _client(served, "test_other_key", "sandbox-secret").get_payment(NIL)


@pytest.mark.parametrize(("fault", "error"), [("rate_limited_429", RateLimitError), ("http_503_before", ServerError)])
def test_a_fault_is_an_error_of_its_kind(
    client: Cardinity, served: Running, fault: Any, error: type[Exception]
) -> None:
    """429 and 5xx arrive as such, after one request."""
    served.account.install([Rule(fault)])
    with pytest.raises(error):
        _pay(client, order_id="ORD-1")
    assert served.account.book.posts("ORD-1") == 1


def _client(served: Running, key: str, secret: str) -> Cardinity:
    client = Cardinity(consumer_key=key, consumer_secret=secret, base_url=served.url)
    client.get_client().max_retries = 0
    return client


def _pay(client: Cardinity, pan: str = "4111111111111111", **changes: Any) -> Any:
    body = {"amount": "10.00", "currency": "EUR", "country": "LT", "payment_instrument": {**CARD, "pan": pan}}
    return client.create_payment(**{**body, **changes})
