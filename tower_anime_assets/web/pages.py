"""The HTML of the media pages, not how they are served."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from tower_anime_assets.errors import MAX_REPORTED, StoryWarning
from tower_anime_assets.production.verdicts import Verdict

STYLE = """
:root { color-scheme: dark; --ink: #e9ecf4; --dim: #97a0b8; --line: #2a3148; --back: #10131f; --card: #181d2e;
  --good: #5fd38d; --bad: #ff7b7b; --accent: #8fb0ff; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 20px 24px 60px; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
nav { border-bottom: 1px solid var(--line); padding-bottom: 10px; margin-bottom: 20px; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
h1 { font-size: 26px; margin: 0; } h1 + p { margin: 0 0 16px; }
h2 { font-size: 17px; font-weight: 600; margin: 30px 0 10px; }
video, .whole { width: 100%; max-width: 960px; max-height: 80vh; object-fit: contain; border-radius: 8px;
  background: #000; display: block; }
.dim { color: var(--dim); } .good { color: var(--good); } .bad { color: var(--bad); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 14px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.card img, .card .none { width: 100%; display: block; aspect-ratio: 3 / 2; object-fit: contain; background: #0a0c15; }
.card b { display: block; margin: 8px 12px 0; } .card p { margin: 0 12px 10px; font-size: 14px; }
.wide { max-width: 2200px; }
.attempts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); gap: 14px; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
figure img, figure video, figure .none { width: 100%; aspect-ratio: 16 / 9; object-fit: contain; border-radius: 0;
  background: #000; color: var(--dim); text-align: center; }
figcaption { padding: 10px 12px; font-size: 14px; overflow-wrap: anywhere; }
caption { text-align: left; color: var(--dim); padding-bottom: 4px; font-size: 13px; }
.sides td { overflow-wrap: anywhere; } .scroll td:first-child { min-width: 9ch; }
.scroll { overflow-x: auto; } .scroll:focus-visible { outline: 2px solid var(--accent); }
.words { background: var(--card); border-radius: 8px; padding: 10px 16px; }
.words p { margin: 3px 0; max-width: 120ch; }
.level1 { padding-left: 1.2em; color: var(--dim); } .level2 { padding-left: 2.4em; color: var(--dim); }
.prompt, pre { background: var(--card); border-radius: 8px; padding: 10px 14px; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; max-height: 60vh; overflow: auto; } code { overflow-wrap: anywhere; }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 24px; } .sides > div { min-width: 0; }
@media (max-width: 900px) { .sides { grid-template-columns: 1fr; } }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: break-word; }
audio { height: 34px; width: 260px; display: block; }
form { max-width: 34rem; margin: 24px 0; } label { display: block; font-weight: 600; margin-bottom: 6px; }
input { width: 100%; padding: 9px 11px; font: inherit; color: var(--ink); background: var(--card);
  border: 1px solid var(--dim); border-radius: 6px; }
button { margin-top: 14px; padding: 9px 20px; font: inherit; font-weight: 600; color: var(--back);
  background: var(--accent); border: 0; border-radius: 6px; cursor: pointer; }
input:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
"""

STYLE_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
"""By which a Content-Security-Policy allows this style and no other."""

_STATE_CSS_CLASSES = {
    "accepted": "good",
    "passed": "good",
    "succeeded": "good",
    "rejected": "bad",
    "failed": "bad",
    "out of date": "bad",
}

_LINKS = (
    '<nav><a href="/">Director panel</a> · <a href="/episodes">All episodes</a> · <a href="/dagster/">Dagster</a></nav>'
)

Table = tuple[Sequence[str], Sequence[Sequence[object]]]
"""Column names, and rows of cells."""


def html_page(title: str, body: str, *, is_wide: bool = False, has_links: bool = True) -> str:
    """Return a complete page; a wide one uses all of a large screen, and one without links leads nowhere else."""
    css_class = ' class="wide"' if is_wide else ""
    links = _LINKS if has_links else ""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style>'
        f"<body{css_class}>{links}{body}</body></html>"
    )


def error_page(reason: str) -> str:
    """Return a page that says what went wrong."""
    return notice_page("Not here", reason)


def notice_page(title: str, text: str) -> str:
    """Return a page with one text, whose lines are kept."""
    return html_page(title, f"<h1>{escape(title)}</h1><p>{escape(text).replace(chr(10), '<br>')}</p>")


@dataclass(frozen=True)
class EpisodeCard:
    """An episode in the list; `picture` is a URL or ""."""

    key: str
    title: str
    picture: str
    state: str


@dataclass(frozen=True)
class ShotCard:
    """A shot on the page of its episode; `picture` is a URL or ""."""

    key: str
    name: str
    picture: str
    state: str
    summary: str


@dataclass(frozen=True)
class SceneShots:
    """The shots of a scene in order."""

    heading: str
    shots: Sequence[ShotCard]


@dataclass(frozen=True)
class SoundPlayer:
    """A sound with a player; `page` is the URL of how it was made."""

    title: str
    url: str
    state: str
    page: str


@dataclass(frozen=True)
class MasterPlayer:
    """A master: the URLs of its files by role, and its state."""

    files: Mapping[str, str]
    state: str


def index_page(episodes: Sequence[EpisodeCard]) -> str:
    """Return the list of episodes."""
    cards = "".join(
        _card_html(f"/episodes/{card.key}", card.picture, card.title, card.state, card.key) for card in episodes
    )
    empty = '<p class="dim">None yet: materialize <b>episodes</b> in Dagster, or run <code>tower produce</code>.</p>'
    return html_page("Episodes", f'<h1>Episodes</h1><div class="cards">{cards}</div>{"" if cards else empty}')


def episode_page(
    key: str,
    title: str,
    master: MasterPlayer | None,
    warnings: Sequence[StoryWarning],
    scenes: Sequence[SceneShots],
    sounds: Sequence[SoundPlayer],
) -> str:
    """Return the page of an episode: master, warnings, shots by scene with picture and state, and sounds."""
    page = f"/episodes/{escape(key)}"
    links = f'<a href="{page}/trail">how it was made</a> · <a href="{page}/scores">scores</a>'
    parts = [f'<h1>{escape(title)}</h1><p class="dim">{escape(key)} · {links}</p>', _master_html(master)]
    parts += [_warnings_html(warnings)] if warnings else []
    for scene in scenes:
        parts.append(f"<h2>{escape(scene.heading)}</h2>")
        cards = (
            _card_html(f"/shots/{card.key}", card.picture, card.name, card.state, card.summary) for card in scene.shots
        )
        parts.append(f'<div class="cards">{"".join(cards)}</div>')
    if sounds:
        rows = "".join(
            f'<tr><td><audio controls preload="none" src="{escape(item.url)}"></audio></td>'
            f"<td>{escape(item.title)}</td><td>{state_html(item.state)}</td>"
            f'<td><a href="{escape(item.page)}">how it was made</a></td></tr>'
            for item in sounds
        )
        head = "".join(f'<th scope="col">{name}</th>' for name in ("player", "sound", "state", "trail"))
        parts.append(f'<h2>Sound</h2><div class="scroll"><table><tr>{head}</tr>{rows}</table></div>')
    return html_page(title, "".join(parts))


def scores_page(key: str, measures: Table, costs: Table) -> str:
    """Return the page of an episode's scores: what the gates measured, and what the takes cost."""
    back_link = f'<p><a href="/episodes/{escape(key)}">{escape(key)}</a></p>'
    return html_page(
        f"scores of {key}",
        f"<h1>Scores</h1>{back_link}<h2>Measured by the gates, over every take</h2>{_table_html(measures)}"
        f"<h2>Cost of the takes</h2>{_table_html(costs)}",
    )


def _table_html(table: Table) -> str:
    columns, rows = table
    if not rows:
        return '<p class="dim">Nothing made yet.</p>'
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(_cell_text(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell_text(cell: object) -> str:
    if isinstance(cell, float):
        return "" if math.isnan(cell) else f"{cell:.4g}"
    return str(cell)


def _master_html(master: MasterPlayer | None) -> str:
    if master is None:
        return '<p class="dim">No master yet: materialize <b>compiled_episodes</b>.</p>'
    files = {role: escape(url) for role, url in master.files.items()}
    return (
        f'<video controls preload="metadata" src="{files["main"]}" poster="{files["poster"]}">'
        f'<track kind="subtitles" srclang="en" label="Subtitles" src="{files["vtt"]}" default></video>'
        f'<p>{state_html(master.state)} <span class="dim">· <a href="{files["main"]}">MP4</a> · '
        f'<a href="{files["srt"]}">SRT</a> · <a href="{files["vtt"]}">WebVTT</a></span></p>'
    )


def _warnings_html(warnings: Sequence[StoryWarning]) -> str:
    """Return what of the script is used otherwise than written, folded away; notes are dim."""
    items = "".join(
        f"<li{' class=dim' if warning.is_note else ''}>{escape(str(warning))}</li>"
        for warning in warnings[:MAX_REPORTED]
    )
    if len(warnings) > MAX_REPORTED:
        items += f"<li>and {len(warnings) - MAX_REPORTED:,} more</li>"
    count = sum(not warning.is_note for warning in warnings)
    counts = f"{count} warning{'s' if count != 1 else ''}, {len(warnings) - count} notes"
    summary = f"{counts}: what is used otherwise than written"
    return f"<details><summary>{summary}</summary><ul>{items}</ul></details>"


def _card_html(link: str, picture: str, name: str, state: str, summary: str) -> str:
    image = f'<img src="{escape(picture)}" alt="" loading="lazy">' if picture else '<div class="none"></div>'
    return (
        f'<div class="card"><a href="{escape(link)}">{image}<b>{escape(name)}</b></a>'
        f'<p>{state_html(state)}<br><span class="dim">{escape(summary)}</span></p></div>'
    )


def state_html(state: str) -> str:
    """Return a state in the colour of its kind."""
    css = next((css for word, css in _STATE_CSS_CLASSES.items() if word in state), "dim")
    return f'<span class="{css}">{escape(state)}</span>'


def media_html(url: str, name: str, poster: str = "") -> str:
    """Return a player or a picture of a file.

    Args:
        url: Its URL.
        name: What it is, for those who do not see it.
        poster: URL of the picture that stands for a clip until it is played; "" for its first frame.
    """
    if url.endswith(".mp4"):
        preload = f'preload="none" poster="{escape(poster)}"' if poster else 'preload="metadata"'
        return f'<video controls loop {preload} src="{escape(url)}" aria-label="{escape(name)}"></video>'
    if url.endswith((".wav", ".mid")):
        return f'<audio controls preload="none" src="{escape(url)}" aria-label="{escape(name)}"></audio>'
    if url.endswith((".png", ".jpg", ".webp")):
        return f'<img class="whole" src="{escape(url)}" alt="{escape(name)}" loading="lazy">'
    return f'<p><a href="{escape(url)}">{escape(name)}</a></p>'


def limits_text(verdict: Verdict) -> str:
    """Return what a measure must be, in words."""
    limits = [f"at least {verdict.low:g}"] if verdict.low is not None else []
    limits += [f"at most {verdict.high:g}"] if verdict.high is not None else []
    return " and ".join(limits)
