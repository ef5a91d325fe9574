"""What we tell others about the HTTP application is what it does."""

from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from cardinity_client.money import Money
from producers.acceptance import Order
from producers.contract.commands import FIELDS, REQUIRED
from producers.http.app import application, opened
from producers.http.resources import RESOURCES
from producers.order_records import as_record
from producers.runtime.metrics import Metrics
from tests.application import a_caller, settings_for
from tests.house.openapi.document import PATH, document, rendered
from tests.house.openapi.schemas import REQUESTS, SCHEMAS
from tests.house.tree import hold, text


def test_the_document_is_what_the_code_says() -> None:
    """The file in docs/ equals what resources, fields and states make of it."""
    hold(
        "The application changed, or the document did by hand. Write it with `python -m tests.house.documents`.",
        () if text(PATH) == rendered() else (PATH,),
    )


def test_the_document_is_openapi() -> None:
    """The linter of the specification finds nothing."""
    hold("OpenAPI 3.1 says otherwise:", (error.message for error in OpenAPIV31SpecValidator(document()).iter_errors()))


async def test_every_route_is_described(tmp_path: Path, queue_url: str, ledger_url: str) -> None:
    """The paths and methods of the document are those of the application."""
    _, keys = a_caller(tmp_path)
    settings = settings_for(tmp_path, queue_url, ledger_url, API_KEYS_FILE=str(keys))
    metrics = Metrics(accounts=settings.accounts, version="test", shared=False)
    async with opened(settings, metrics) as services:
        routes: list[Any] = [*application(services).routes]
    served = {(route.path, method.lower()) for route in routes for method in route.methods if method != "HEAD"}
    assert served == {(path, method) for path, item in document()["paths"].items() for method in item}


def test_every_resource_has_a_request() -> None:
    """A kind of order that nobody described is not offered."""
    assert {resource.name for resource in RESOURCES} == set(REQUESTS)


def test_the_fields_of_a_charge_are_all_described() -> None:
    """No more and no fewer, and the same ones are required."""
    schema = SCHEMAS["Charge"]
    assert (tuple(schema["properties"]), tuple(schema["required"])) == (FIELDS, REQUIRED)


def test_an_order_is_described_as_it_is_told() -> None:
    """Every member, always."""
    order = Order("ORD-1", "accepted", Money(1000, "EUR"), "default", 0, 0)
    assert set(as_record(order)) == set(SCHEMAS["Order"]["properties"]) == set(SCHEMAS["Order"]["required"])


@pytest.mark.parametrize("word", ["4111111111111111", "pan", "retry-after"])
def test_the_judge_of_the_document_can_say_no(word: str) -> None:
    """The linter refuses a document that is not one."""
    broken = document() | {"paths": {word: {}}}
    assert [*OpenAPIV31SpecValidator(broken).iter_errors()]
