"""One look for all pages: markup, style and headers. Everything that is put in is escaped here or marked as markup."""

import base64
import html
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from starlette.responses import HTMLResponse

STYLE: Final = """
:root{color-scheme:light dark;--ink:#1b2430;--dim:#5a6675;--paper:#fff;--ground:#eef1f5;--line:#c9d1da;--lead:#0b57d0;
--lead-ink:#fff;--good:#0d6b3f;--bad:#a3161a}
@media (prefers-color-scheme:dark){:root{--ink:#e8ecf1;--dim:#a5b0bd;--paper:#1c232c;--ground:#12171d;--line:#414c59;
--lead:#8ab4f8;--lead-ink:#0b1a33;--good:#7bd8a6;--bad:#ff9a94}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--ground);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{width:100%;max-width:27rem;padding:1.75rem;background:var(--paper);border:1px solid var(--line);
border-radius:.75rem}
.note{margin:0 0 1.25rem;font-size:.85rem;color:var(--dim);border-left:.25rem solid var(--lead);padding-left:.6rem}
h1{margin:0 0 .6rem;font-size:1.5rem;line-height:1.25}
p{margin:.25rem 0 1rem}dl{margin:0 0 1.25rem;display:grid;grid-template-columns:auto 1fr;gap:.15rem 1rem}
dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere;text-align:right}
label{display:block;margin-top:.85rem;font-weight:600}
input{width:100%;margin-top:.25rem;padding:.65rem .7rem;font:inherit;color:inherit;background:transparent;
border:1px solid var(--dim);border-radius:.45rem}
input[aria-invalid=true]{border-color:var(--bad);border-width:2px}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem}
.error{margin:.25rem 0 0;color:var(--bad);font-size:.9rem}.good{color:var(--good)}.bad{color:var(--bad)}
button,.button{display:block;width:100%;margin-top:1rem;padding:.75rem;font:inherit;font-weight:600;text-align:center;
text-decoration:none;border-radius:.45rem;border:1px solid var(--lead);background:var(--lead);color:var(--lead-ink);
cursor:pointer}
button.plain,.button.plain{background:transparent;color:var(--lead)}
:focus-visible{outline:3px solid var(--lead);outline-offset:2px}
details{margin-top:1.25rem;font-size:.9rem;color:var(--dim)}summary{cursor:pointer}
"""
#: Sends the one form of a page that only hands a shopper over. Without scripts its button does the same.
SCRIPT: Final = 'document.getElementById("onward").submit()'

_NOTE: Final = "This is a sandbox: no card is charged and no money moves."


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def escaped(value: str) -> Markup:
    """Text as HTML; what is markup stays as it is."""
    return value if isinstance(value, Markup) else Markup(html.escape(value))


def join(parts: Iterable[str]) -> Markup:
    return Markup("".join(escaped(part) for part in parts))


def element(tag: str, /, *content: str, **attributes: str | None) -> Markup:
    """An element. Attributes of None are left out; an underscore is a hyphen, and one at the end keeps Python quiet."""
    given = join(
        Markup(f' {key.rstrip("_").replace("_", "-")}="{escaped(value)}"')
        for key, value in attributes.items()
        if value is not None
    )
    if tag in ("input", "meta"):
        return Markup(f"<{tag}{given}>")
    return Markup(f"<{tag}{given}>{join(content)}</{tag}>")


def hidden(fields: Iterable[tuple[str, str]]) -> Markup:
    """Hidden inputs."""
    return join(element("input", type="hidden", name=name, value=value) for name, value in fields)


def facts(rows: Iterable[tuple[str, str | None]]) -> Markup:
    """A list of names and values; what has no value is left out."""
    return element("dl", *(join((element("dt", name), element("dd", value))) for name, value in rows if value))


def page(title: str, *content: str, status: int = 200, script: bool = False) -> HTMLResponse:
    """A whole page; its headline is its title."""
    head = join(
        (
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width,initial-scale=1"),
            element("title", title),
            Markup(f"<style>{STYLE}</style>"),
        )
    )
    main = element("main", element("p", _NOTE, class_="note"), element("h1", title), *content)
    onward = Markup(f"<script>{SCRIPT}</script>") if script else Markup("")
    body = Markup(f'<!doctype html><html lang="en"><head>{head}</head><body>{main}{onward}</body></html>')
    return HTMLResponse(body, status, headers=_HEADERS)


def hand_over(title: str, text: str, action: str, fields: Iterable[tuple[str, str]], button: str) -> HTMLResponse:
    """A page that sends its visitor on with a form, by itself where scripts run."""
    form = element("form", hidden(fields), element("button", button), id="onward", method="post", action=action)
    return page(title, element("p", text), form, script=True)


def problem(title: str, *texts: str, status: int) -> HTMLResponse:
    """A page for what cannot go on."""
    return page(title, *(element("p", text) for text in texts), status=status)


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"


_HEADERS: Final = {
    "content-security-policy": (
        f"default-src 'none'; style-src {_source(STYLE)}; script-src {_source(SCRIPT)}; "
        "form-action http: https:; base-uri 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
