"""CSV files of subscriptions: all rows are taken, or none, and then every wrong row is told by its number."""

from __future__ import annotations

import io
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from producers.errors import FieldError, InvalidCommand
from producers.http.async_subscriptions import AsyncSubscriptions
from producers.http.bodies import read_body
from producers.http.callers import Callers
from producers.http.queries import given, query_of, read_yes
from producers.http.refusals import InvalidRows
from producers.subscriptions import Subscriptions
from producers.subscriptions.imports import read_rows

IMPORTS_PATH: Final = "/v1/subscription-imports"
#: Bytes and rows of one file. They are held in memory, and written by one step that others wait for; more come in
#: several files, or by `cardinity subscriptions import`.
FILE_MAX: Final = 2 * 1024 * 1024
ROWS_MAX: Final = 10_000


def import_routes(subscriptions: AsyncSubscriptions, callers: Callers) -> list[Route]:
    """POST of a file creates what is not there yet; again it creates nothing. With `?check=true` it only judges."""

    async def take(request: Request) -> Response:
        callers.admit(request)
        form = query_of(request, ("check",))
        check = given(form, "check", read_yes, False)
        if form.errors:
            raise InvalidCommand(form.errors)
        body = await read_body(request, media_type="text/csv", bytes_max=FILE_MAX)
        told = await subscriptions.call(lambda them: _taken(them, body, check))
        return Response(msgspec.json.encode(told), media_type="application/json")

    return [Route(IMPORTS_PATH, take, methods=["POST"])]


def _taken(subscriptions: Subscriptions, body: bytes, check: bool) -> dict[str, int]:
    rows = []
    with io.TextIOWrapper(io.BytesIO(body), encoding="utf-8", newline="") as file:
        for row in read_rows(file, subscriptions):
            if row.number > ROWS_MAX:
                raise InvalidCommand([FieldError("", "rows_maximum", f"a file has at most {ROWS_MAX} rows")])
            rows.append(row)
    if wrong := [row for row in rows if row.errors]:
        message = f"{len(wrong)} of {len(rows)} rows are invalid; nothing was imported"
        raise InvalidRows("import_invalid", message, [(row.number, error) for row in wrong for error in row.errors])
    made = [] if check else subscriptions.create_many(row.fields for row in rows)
    new = sum(is_new for _, is_new in made)
    return {"rows": len(rows), "created": new, "known_before": len(made) - new}
