"""3-D Secure in the gateway's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from cardinity_client.models.threeds import Address, BrowserInfo, CardholderInfo, ThreedsRequest, ThreedsV1, ThreedsV2
from cardinity_client.wire import members


def threeds_member(request: ThreedsRequest) -> dict[str, object]:
    """`threeds2_data` of a charge. Members that are not known are left out, for the gateway knows no null."""
    given: dict[str, object] = {"notification_url": request.notification_url}
    for name in ("browser_info", "billing_address", "delivery_address", "cardholder_info"):
        part: BrowserInfo | Address | CardholderInfo | None = getattr(request, name)
        if part is not None:
            known = ((field.name, getattr(part, field.name)) for field in fields(part))
            given[name] = {member: value for member, value in known if value is not None}
    return given


def first_version(row: Mapping[str, object]) -> ThreedsV1 | None:
    """Where the customer is sent by version 1."""
    step = members.mapping(row, "authorization_information")
    return None if step is None else ThreedsV1(members.whole(step, "url"), members.whole(step, "data"))


def second_version(row: Mapping[str, object]) -> ThreedsV2 | None:
    """Where the customer is sent by version 2."""
    step = members.mapping(row, "threeds2_data")
    return None if step is None else ThreedsV2(members.whole(step, "acs_url"), members.whole(step, "creq"))
