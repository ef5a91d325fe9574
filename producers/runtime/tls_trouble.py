"""Why there is no TLS, whichever library met it: clients wrap what the handshake said."""

from __future__ import annotations

import ssl


def tls_trouble(error: BaseException | None) -> str:
    """What the certificates lack, as OpenSSL says it; empty where TLS is not what is wrong."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        if isinstance(error, ssl.SSLError) and error.reason:
            return error.reason.lower().replace("_", " ")
        error = error.__cause__ or error.__context__
    return ""
