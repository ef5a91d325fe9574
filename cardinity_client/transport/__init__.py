"""HTTP/1.1 to one gateway: writes each request once, says how far it got, believes only whole answers.

`Http1Transport` is the door. Behind it `pool` hands out connections that `sockets` makes, `connection` holds one
exchange at a time and `answer` reads what comes back.
"""

from cardinity_client.transport.answer import Reply
from cardinity_client.transport.head import PreparedHead
from cardinity_client.transport.http1 import Http1Transport

__all__ = ["Http1Transport", "PreparedHead", "Reply"]
