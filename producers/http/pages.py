"""The small pages that customers see: a headline and a sentence. No script, nothing from elsewhere, nothing of theirs.

They may stand in a frame of the shop's, as the bank's page did.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping
from typing import Final

from starlette.responses import HTMLResponse

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1b2430;--paper:#fff;--ground:#eef1f5;--line:#c9d1da}
@media (prefers-color-scheme:dark){:root{--ink:#e8ecf1;--paper:#1c232c;--ground:#12171d;--line:#414c59}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--ground);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{width:100%;max-width:27rem;padding:1.75rem;background:var(--paper);border:1px solid var(--line);
border-radius:.75rem}
h1{margin:0 0 .6rem;font-size:1.5rem;line-height:1.25}
p{margin:0}
"""
_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    + "'",
    "referrer-policy": "no-referrer",
}


def page(title: str, text: str, status: int, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """A whole page."""
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style>"
    )
    main = f"<main><h1>{html.escape(title)}</h1><p>{html.escape(text)}</p></main>"
    body = f'<!doctype html><html lang="en"><head>{head}</head><body>{main}</body></html>'
    return HTMLResponse(body, status, {**_HEADERS, **(headers or {})})
