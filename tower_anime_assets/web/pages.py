"""The HTML of the few pages that are not the panel's: to sign in, to wait for Dagster, and to be told of problems."""

from __future__ import annotations

import base64
import hashlib
from html import escape

STYLE = """
:root { color-scheme: dark; --ink: #e9ecf4; --dim: #97a0b8; --line: #2a3148; --back: #10131f; --card: #181d2e;
  --bad: #ff7b7b; --accent: #8fb0ff; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 20px 24px 60px; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
nav { border-bottom: 1px solid var(--line); padding-bottom: 10px; margin-bottom: 20px; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
h1 { font-size: 26px; margin: 0; } h1 + p { margin: 0 0 16px; }
.dim { color: var(--dim); } .bad { color: var(--bad); }
code { overflow-wrap: anywhere; }
form { max-width: 34rem; margin: 24px 0; } label { display: block; font-weight: 600; margin-bottom: 6px; }
input { width: 100%; padding: 9px 11px; font: inherit; color: var(--ink); background: var(--card);
  border: 1px solid var(--dim); border-radius: 6px; }
button { margin-top: 14px; padding: 9px 20px; font: inherit; font-weight: 600; color: var(--back);
  background: var(--accent); border: 0; border-radius: 6px; cursor: pointer; }
input:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
"""

STYLE_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
"""By which a Content-Security-Policy allows this style and no other."""

_LINKS = '<nav><a href="/">Director panel</a> · <a href="/dagster/">Dagster</a></nav>'


def html_page(title: str, body: str, *, has_links: bool = True) -> str:
    """Return a complete page; one without links leads nowhere else."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style>'
        f"<body>{_LINKS if has_links else ''}{body}</body></html>"
    )


def error_page(reason: str) -> str:
    """Return a page that says what went wrong."""
    return notice_page("Not here", reason)


def notice_page(title: str, text: str) -> str:
    """Return a page with one text, whose lines are kept."""
    return html_page(title, f"<h1>{escape(title)}</h1><p>{escape(text).replace(chr(10), '<br>')}</p>")
