"""The HTML of the media pages, not how they are served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from tower_anime_assets.errors import StoryWarning
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
.take { border-top: 1px solid var(--line); margin-top: 24px; }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 24px; } .sides > div { min-width: 0; }
@media (max-width: 900px) { .sides { grid-template-columns: 1fr; } }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: break-word; }
audio { height: 34px; width: 260px; display: block; }
"""


_STATE_CSS_CLASSES = {"accepted": "good", "passed": "good", "rejected": "bad", "failed": "bad", "out of date": "bad"}

Table = tuple[Sequence[str], Sequence[Sequence[object]]]
"""Column names, and rows of cells."""


def html_page(title: str, body: str) -> str:
    """Return a complete page."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style>'
        f'<body><nav><a href="/">All episodes</a></nav>{body}</body></html>'
    )


def error_page(reason: str) -> str:
    """Return a page that says what went wrong."""
    return html_page("Not here", f"<h1>Not here</h1><p>{escape(reason)}</p>")


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
    """A sound with a player."""

    title: str
    url: str
    state: str


@dataclass(frozen=True)
class MasterPlayer:
    """A master: the URLs of its files by role, and its state."""

    files: Mapping[str, str]
    state: str


@dataclass(frozen=True)
class TakeView:
    """A take on the page of its shot."""

    stage: str
    state: str
    attempt: int
    url: str
    reasoning: str
    summary: str
    verdicts: Sequence[Verdict]
    waivers: Sequence[str]
    feedback: Sequence[str] = ()


def index_page(episodes: Sequence[EpisodeCard]) -> str:
    """Return the list of episodes."""
    cards = "".join(
        _card_html(f"/episodes/{card.key}", card.picture, card.title, card.state, card.key) for card in episodes
    )
    empty = '<p class="dim">None yet: materialize <b>episodes</b> in the web UI, or run <code>tower produce</code>.</p>'
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
    scores_link = f'<a href="/episodes/{escape(key)}/scores">scores</a>'
    parts = [f'<h1>{escape(title)}</h1><p class="dim">{escape(key)} · {scores_link}</p>', _master_html(master)]
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
            f"<td>{escape(item.title)}</td><td>{_state_html(item.state)}</td></tr>"
            for item in sounds
        )
        parts.append(f"<h2>Sound</h2><table>{rows}</table>")
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
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def shot_page(key: str, episode_key: str, takes: Sequence[TakeView]) -> str:
    """Return the page of a shot: its takes in the given order, each with its picture or clip and its verdicts."""
    parts = [f'<h1>{escape(key)}</h1><p><a href="/episodes/{escape(episode_key)}">{escape(episode_key)}</a></p>']
    for take in takes:
        parts.append(
            f'<section class="take"><h2>{escape(take.stage)}, attempt {take.attempt} {_state_html(take.state)}</h2>'
            f'<div class="sides"><div>{_media_html(take.url)}<p>{escape(take.reasoning)}</p>'
            f'<p class="dim">{escape(take.summary)}</p></div><div>{_verdicts_html(take)}</div></div></section>'
        )
    if not takes:
        parts.append('<p class="dim">Nothing made for this shot yet.</p>')
    return html_page(key, "".join(parts))


def _master_html(master: MasterPlayer | None) -> str:
    if master is None:
        return '<p class="dim">No master yet: materialize <b>compiled_episodes</b>.</p>'
    files = {role: escape(url) for role, url in master.files.items()}
    return (
        f'<video controls preload="metadata" src="{files["main"]}" poster="{files["poster"]}">'
        f'<track kind="subtitles" srclang="en" label="Subtitles" src="{files["vtt"]}" default></video>'
        f'<p>{_state_html(master.state)} <span class="dim">· <a href="{files["main"]}">MP4</a> · '
        f'<a href="{files["srt"]}">SRT</a> · <a href="{files["vtt"]}">WebVTT</a></span></p>'
    )


def _warnings_html(warnings: Sequence[StoryWarning]) -> str:
    """Return what of the script is used otherwise than written, folded away; notes are dim."""
    items = "".join(f"<li{' class=dim' if warning.is_note else ''}>{escape(str(warning))}</li>" for warning in warnings)
    count = sum(not warning.is_note for warning in warnings)
    counts = f"{count} warning{'s' if count != 1 else ''}, {len(warnings) - count} notes"
    summary = f"{counts}: what is used otherwise than written"
    return f"<details><summary>{summary}</summary><ul>{items}</ul></details>"


def _card_html(link: str, picture: str, name: str, state: str, summary: str) -> str:
    image = f'<img src="{escape(picture)}" alt="" loading="lazy">' if picture else '<div class="none"></div>'
    return (
        f'<div class="card"><a href="{escape(link)}">{image}<b>{escape(name)}</b></a>'
        f'<p>{_state_html(state)}<br><span class="dim">{escape(summary)}</span></p></div>'
    )


def _state_html(state: str) -> str:
    css = next((css for word, css in _STATE_CSS_CLASSES.items() if word in state), "dim")
    return f'<span class="{css}">{escape(state)}</span>'


def _media_html(url: str) -> str:
    if url.endswith(".mp4"):
        return f'<video controls loop preload="metadata" src="{escape(url)}"></video>'
    return f'<img class="whole" src="{escape(url)}" alt="">'


def _verdicts_html(take: TakeView) -> str:
    rows = "".join(
        f'<tr><td>{escape(item.gate.replace("_", " "))}<br><span class="dim">{escape(item.measure)}</span></td>'
        f"<td>{item.value:.4g}</td><td>{escape(_limits_text(item))} {escape(item.unit)}</td>"
        f"<td>{_state_html('passed' if item.passed else 'failed')}</td></tr>"
        for item in take.verdicts
    )
    head = "<tr><th>gate</th><th>measured</th><th>must be</th><th></th></tr>"
    notes_html = "".join(f"<p>{escape(words)}</p>" for words in (*take.waivers, *take.feedback))
    return f"<table>{head}{rows}</table>{notes_html}" if rows else '<p class="dim">Not judged.</p>'


def _limits_text(verdict: Verdict) -> str:
    limits = [f"at least {verdict.low:g}"] if verdict.low is not None else []
    limits += [f"at most {verdict.high:g}"] if verdict.high is not None else []
    return " and ".join(limits)
