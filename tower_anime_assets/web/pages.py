"""The pages as HTML text: what is shown, not how it is served."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

STYLE = """
:root { color-scheme: dark; --ink: #e9ecf4; --dim: #97a0b8; --line: #2a3148; --back: #10131f; --card: #181d2e;
  --good: #5fd38d; --bad: #ff6b6b; --accent: #7aa2ff; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 24px; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 28px 0 8px; }
video, .poster { width: 100%; max-width: 860px; border-radius: 8px; background: #000; }
.dim { color: var(--dim); } .good { color: var(--good); } .bad { color: var(--bad); }
.shots { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 12px; }
.shot { background: var(--card); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.shot img { width: 100%; display: block; aspect-ratio: 3 / 2; object-fit: cover; } .shot p { margin: 8px 10px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.wide { overflow-wrap: anywhere; }
"""


def page(title: str, body: str) -> str:
    """Return a whole page."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style>'
        f'<body><p class="dim"><a href="/">tower</a></p>{body}</body></html>'
    )


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Return rows as a table; values are escaped."""
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(
        "<tr>" + "".join(f'<td class="wide">{escape(_text(row.get(name)))}</td>' for name in columns) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def index(episodes: Iterable[Mapping[str, Any]]) -> str:
    """Return the list of episodes."""
    rows = "".join(
        f'<tr><td><a href="/episodes/{escape(row["key"])}">{escape(row["key"])}</a></td>'
        f"<td>{escape(row['title'])}</td><td>{escape(row['state'])}</td></tr>"
        for row in episodes
    )
    return page("tower", f"<h1>Episodes</h1><table><tr><th>key</th><th>title</th><th>master</th></tr>{rows}</table>")


def episode(key: str, title: str, master: Mapping[str, str] | None, shots: Sequence[Mapping[str, Any]]) -> str:
    """Return an episode's page: its newest master, and every shot with picture and state."""
    if master is None:
        player = '<p class="dim">No master yet: materialize <b>compiled_episodes</b>.</p>'
    else:
        player = (
            f'<video controls preload="metadata" src="{escape(master["main"])}" poster="{escape(master["poster"])}">'
            f'<track kind="subtitles" srclang="en" label="Subtitles" src="{escape(master["vtt"])}" default></video>'
            f'<p class="dim"><a href="{escape(master["main"])}">master</a> · <a href="{escape(master["srt"])}">SRT</a>'
            f' · <a href="{escape(master["vtt"])}">WebVTT</a></p>'
        )
    return page(key, f'<h1>{escape(title)}</h1><p class="dim">{escape(key)}</p>{player}<h2>Shots</h2>{_cards(shots)}')


def _cards(shots: Sequence[Mapping[str, Any]]) -> str:
    cards = []
    for shot in shots:
        picture = f'<img src="{escape(shot["picture"])}" alt="" loading="lazy">' if shot["picture"] else ""
        css = "good" if shot["accepted"] else "bad"
        state = "accepted" if shot["accepted"] else shot["state"]
        cards.append(
            f'<div class="shot"><a href="/shots/{escape(shot["key"])}">{picture}</a><p><b>{escape(shot["name"])}</b> '
            f'<span class="{css}">{escape(state)}</span><br><span class="dim">{escape(shot["words"])}</span></p></div>'
        )
    return f'<div class="shots">{"".join(cards)}</div>'


def shot(key: str, episode_key: str, takes: Sequence[Mapping[str, Any]], verdicts: Sequence[Mapping[str, Any]]) -> str:
    """Return a shot's page: every take of it with picture or clip, newest first, and what the gates measured."""
    parts = [f'<h1>{escape(key)}</h1><p><a href="/episodes/{escape(episode_key)}">{escape(episode_key)}</a></p>']
    for take in takes:
        url = escape(take["url"])
        shown = (
            f'<video controls loop preload="metadata" src="{url}"></video>'
            if url.endswith(".mp4")
            else f'<img class="poster" src="{url}" alt="">'
        )
        parts.append(
            f"<h2>{escape(take['stage'])}, attempt {take['attempt']}</h2>{shown}"
            f'<p>{escape(take["reasoning"])}</p><p class="dim">{escape(take["engine"])} · '
            f"{take['seconds']:.1f} s · score {take['score']:.3f} · decision {escape(take['decision'])}</p>"
        )
        rows = [row for row in verdicts if row["take_id"] == take["id"]]
        parts.append(table(rows, ("gate", "measure", "value", "low", "high", "unit", "passed")))
    if not takes:
        parts.append('<p class="dim">Nothing made for this shot yet.</p>')
    return page(key, "".join(parts))
