"""What every event of the stream has around what it tells: the attributes of CloudEvents 1.0."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from producers.contract import names

AwareTime = Annotated[datetime, msgspec.Meta(tz=True)]


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """The envelope without its `data`, which each family of events adds."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str = names.EVENT_SOURCE
    subject: str
    time: AwareTime
    datacontenttype: Literal["application/json"] = "application/json"

    @property
    def type(self) -> str:
        """What the event is called on the stream, like `payment.approved`."""
        return str(self.__struct_config__.tag)
