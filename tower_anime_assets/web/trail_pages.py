"""The HTML of the trail: how an episode, a shot and an attempt were made, from the record alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from tower_anime_assets.production.planning.prompt_sources import SourcedText, join_texts
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.reports.attempt_trail import (
    AttemptTrail,
    ConsultationTrail,
    JobTrail,
    PersonTrail,
    ShotTrail,
    TakeTrail,
)
from tower_anime_assets.reports.trail_words import NOT_ON_RECORD, NOT_SENT, changes_since, groups_of, shot_words
from tower_anime_assets.web.pages import html_page, limits_text, media_html, state_html

_UNKNOWN = f'<span class="dim">{NOT_ON_RECORD}</span>'

_RANKING_COLUMNS = ("value", "lesson", "succeeds", "accepted", "quality", "seconds", "vram_gb", "rows")
"""Figures of a ranked candidate, as `learning.ranking.RankedCandidate.as_json` names them."""


def trail_page(key: str, words: Sequence[str], attempts: Sequence[AttemptTrail]) -> str:
    """Return how an episode was made: in words, then a row for each attempt."""
    return html_page(
        f"how {key} was made",
        f"<h1>How {escape(key)} was made</h1>{_episode_link(key)}{_words_html(words)}"
        f"<h2>Every attempt</h2>{_attempts_table(attempts)}",
        is_wide=True,
    )


def shot_page(trail: ShotTrail) -> str:
    """Return the page of a shot: its attempts beside each other, stage by stage, newest first, and as a table."""
    key = str(trail.key)
    parts = [f"<h1>{escape(key)}</h1>{_episode_link(str(trail.key.episode_key))}"]
    if not trail.attempts:
        parts.append('<p class="dim">Nothing made for this shot yet.</p>')
        return html_page(key, "".join(parts))
    parts.append(_words_html(shot_words(trail)))
    for group in reversed(groups_of(trail.attempts)):
        stage = escape(group[0].stage.capitalize())
        cards = [_attempt_card(attempt, before) for before, attempt in zip([None, *group], group, strict=False)]
        parts.append(f'<h2>{stage}, newest attempt first</h2><div class="attempts">{"".join(reversed(cards))}</div>')
    parts.append(f"<h2>Every attempt</h2>{_attempts_table(trail.attempts[::-1])}")
    if trail.plan_consultations:
        plan = next(attempt.plan_decision for attempt in reversed(trail.attempts) if attempt.plan_decision)
        parts.append(f'<h2>Asked for the plan</h2><p><a href="/attempts/{escape(plan)}">the plan</a></p>')
        parts += map(_consultation_html, trail.plan_consultations)
    return html_page(key, "".join(parts), is_wide=True)


def attempt_page(attempt: AttemptTrail) -> str:
    """Return the page of an attempt: everything on record about how it was made."""
    title = f"{attempt.stage.capitalize()} {attempt.subject or attempt.episode_key}, attempt {attempt.number}"
    values = [
        (_code(value.name), _value_html(value.value), escape(value.origin) or _UNKNOWN) for value in attempt.values
    ]
    sections = {
        "Prompt": _prompt_html(attempt.prompt, is_sent=attempt.is_prompt_sent),
        "Negative prompt": _prompt_html(attempt.negative, is_sent=attempt.is_prompt_sent),
        "Parameters": _table_html("Each value, and where it comes from", ("parameter", "value", "from"), values),
        "Models": _models_html(attempt),
        "Jobs": _jobs_html(attempt.jobs),
        "Ranking": _ranking_html(attempt),
        "Asked, used, overruled": "".join(map(_consultation_html, attempt.consultations)),
    }
    parts = [
        f"<h1>{escape(title)} {state_html(attempt.state)}</h1>{_attempt_links(attempt)}",
        f'<div class="sides"><div>{_pictures(attempt)}</div><div>{_facts(attempt)}</div></div>',
        _section("Why", f"<p>{escape(attempt.reasoning) or _UNKNOWN}</p>{_list_html(attempt.changed)}"),
        *(_section(name, content) for name, content in sections.items() if content),
        *(_section(_take_title(take), _take_html(take)) for take in attempt.takes),
    ]
    if missing := [name.lower() for name, content in sections.items() if not content]:
        parts.append(f'<p class="dim">{NOT_ON_RECORD}: {"; ".join(missing)}</p>')
    return html_page(title, "".join(parts), is_wide=True)


# Attempts beside each other -------------------------------------------------------------------------------------------


def _attempt_card(attempt: AttemptTrail, before: AttemptTrail | None) -> str:
    """Return an attempt as a figure: what it looks like, how it was judged, what was done otherwise than before."""
    take = attempt.takes[0] if attempt.takes else None
    name = f"{attempt.stage} of {attempt.subject}, attempt {attempt.number}, {attempt.state}"
    picture = (
        media_html(_url(take, "main"), name, _url(take, "thumb")) if take else '<div class="none">no picture</div>'
    )
    score = "" if attempt.score is None else f" · score {attempt.score:.3f}"
    lines = [f"<b>Attempt {attempt.number}</b> {state_html(attempt.state)}{score}"]
    lines += [escape(change) for change in (changes_since(before, attempt) if before else ())]
    if take is not None:
        lines += [f'<span class="bad">{escape(_gate(item.gate))}</span>: {escape(str(item))}' for item in take.failed]
        lines += [escape(_person_text(person)) for person in take.people]
    if attempt.error:
        lines.append(f'<span class="bad">{escape(attempt.error)}</span>')
    links = [f'<a href="/attempts/{attempt.id}">how it was made</a>', *map(_graph_link, attempt.jobs)]
    lines += [f'<span class="dim">{escape(attempt.reasoning)}</span>', " · ".join(links)]
    lines.append(f'<span class="dim">decision {escape(attempt.id)}</span>')
    return f"<figure>{picture}<figcaption>{'<br>'.join(lines)}</figcaption></figure>"


def _attempts_table(attempts: Iterable[AttemptTrail]) -> str:
    columns = ("decided", "what", "attempt", "state", "score", "engine", "seed", "server", "seconds", "page", "graph")
    return _table_html(
        "Attempts with engine and seed",
        columns,
        [
            (
                f"{attempt.decided_at:%Y-%m-%d %H:%M:%S}",
                escape(f"{attempt.stage} {attempt.subject}".strip()),
                str(attempt.number),
                state_html(attempt.state),
                "" if attempt.score is None else f"{attempt.score:.3f}",
                escape(attempt.engine),
                escape(attempt.seed) or _UNKNOWN,
                escape(attempt.server),
                "" if attempt.duration_s is None else f"{attempt.duration_s:.1f}",
                f'<a href="/attempts/{attempt.id}">attempt {attempt.number}</a>',
                " ".join(map(_graph_link, attempt.jobs)),
            )
            for attempt in attempts
        ],
    )


# One attempt ----------------------------------------------------------------------------------------------------------


def _attempt_links(attempt: AttemptTrail) -> str:
    links = [f'<a href="/episodes/{escape(attempt.episode_key)}">{escape(attempt.episode_key)}</a>']
    if attempt.key != attempt.episode_key:
        links.append(f'<a href="/shots/{escape(attempt.key)}">{escape(attempt.key)}, all attempts</a>')
    if attempt.plan_decision:
        links.append(f'<a href="/attempts/{escape(attempt.plan_decision)}">the plan it follows</a>')
    if attempt.replaces:
        links.append(f'<a href="/attempts/{escape(attempt.replaces)}">the attempt it replaces</a>')
    return f"<p>{' · '.join(links)}</p>" if attempt.episode else ""


def _pictures(attempt: AttemptTrail) -> str:
    pictures = [
        media_html(_url(take, "main"), f"{attempt.stage}, {_take_title(take)}", _url(take, "thumb"))
        for take in attempt.takes
        if "main" in take.files
    ]
    return "".join(pictures) or f'<p class="bad">{escape(attempt.error) or "Nothing came of it."}</p>'


def _facts(attempt: AttemptTrail) -> str:
    facts = {
        "decision": attempt.id,
        "decided": f"{attempt.decided_at:%Y-%m-%d %H:%M:%S} UTC by {attempt.created_by}",
        "engine": f"{attempt.engine} {attempt.engine_version}".strip(),
        "workflow": f"{attempt.workflow} {attempt.workflow_sha256[:12]}".strip(),
        "server": attempt.server,
        "seed": attempt.seed,
        "score": "" if attempt.score is None else f"{attempt.score:.3f}",
        "seconds": "" if attempt.duration_s is None else f"{attempt.duration_s:.1f}",
        "GPU seconds": "" if attempt.gpu_s is None else f"{attempt.gpu_s:.1f}",
        "CPU seconds": "" if attempt.cpu_s is None else f"{attempt.cpu_s:.1f}",
        "status": " ".join(filter(None, (attempt.status, attempt.cause))),
        "error": attempt.error,
        "session": attempt.session,
        "run": attempt.run,
        "digest": attempt.brief_digest,
    }
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td>{escape(value)}</td></tr>' for name, value in facts.items() if value
    )
    return f"<table><caption>What was decided</caption>{rows}</table>"


def _prompt_html(parts: Sequence[SourcedText], *, is_sent: bool) -> str:
    if not parts:
        return ""
    rows = [(escape(part.text), escape(part.role), escape(part.source) or _UNKNOWN) for part in parts]
    table = _table_html("Its parts in order, and where each comes from", ("words", "role", "from"), rows)
    note = "" if is_sent else f'<p class="dim">{escape(NOT_SENT)}</p>'
    return f'{note}<p class="prompt">{escape(join_texts(parts))}</p>{table}'


def _models_html(attempt: AttemptTrail) -> str:
    rows = [
        (
            _code(model.file),
            _code(model.place),
            escape(model.origin) or _UNKNOWN,
            _code(model.sha256) if model.sha256 else _UNKNOWN,
        )
        for model in attempt.models
    ]
    return _table_html("Model files as they were sent", ("file", "place", "from", "published SHA-256"), rows)


def _jobs_html(jobs: Sequence[JobTrail]) -> str:
    rows = [
        (
            str(job.part + 1),
            _code(job.prompt_id),
            escape(job.server),
            f"{job.seconds:.1f}",
            state_html("succeeded" if job.success else "failed") + (f" {escape(job.error)}" if job.error else ""),
            _graph_link(job),
            " ".join(f'<a href="/media/{escape(path)}">{escape(name)}</a>' for name, path in job.uploads.items()),
        )
        for job in jobs
    ]
    columns = ("part", "job", "server", "seconds", "result", "graph as it was sent", "started from")
    return _table_html("Jobs at servers", columns, rows)


def _ranking_html(attempt: AttemptTrail) -> str:
    figures = [name for name in _RANKING_COLUMNS if any(name in row for row in attempt.ranking)]
    rows = [
        (
            escape(str(row.get("state", ""))),
            escape(str(row.get("engine", ""))),
            *(_value_html(row[name]) if name in row else "" for name in figures),
            escape(str(row.get("why", ""))),
        )
        for row in attempt.ranking
    ]
    strategy = next((str(row["strategy"]) for row in attempt.ranking if "strategy" in row), "")
    caption = f"What was considered, by the strategy {strategy}" if strategy else "What was considered"
    return _table_html(caption, ("place", "engine", *(name.replace("_", " ") for name in figures), "why"), rows)


def _consultation_html(one: ConsultationTrail) -> str:
    duration = "" if one.duration_s is None else f", answered in {one.duration_s:.1f} s"
    confidence = "" if one.confidence is None else f", confidence {one.confidence:.2f}"
    overruled = f"<p>Overruled:</p>{_list_html(one.overruled)}" if one.overruled else ""
    return (
        f"<div><p><b>{escape(one.model)}</b> asked at {one.asked_at:%H:%M:%S} UTC"
        f"{duration}{confidence}. Used: {escape(one.used) or _UNKNOWN}</p>{overruled}"
        f"<details><summary>question</summary><pre>{escape(_pretty(one.query))}</pre></details>"
        f"<details><summary>answer</summary><pre>{escape(_pretty(one.response)) or 'none yet'}</pre></details></div>"
    )


def _take_title(take: TakeTrail) -> str:
    state = "accepted" if take.accepted else "rejected"
    return f"Take, {state}" if take.rank is None else f"Candidate {take.rank + 1}, {state}"


def _take_html(take: TakeTrail) -> str:
    people = "".join(f"<p>{escape(_person_text(person))}</p>" for person in take.people)
    files = " · ".join(
        f'<a href="/media/{escape(path)}">{escape(role)}</a>' for role, path in take.files.items() if role != "thumb"
    )
    return f'{_verdicts_html(take)}{people}<p class="dim">take {escape(take.id)} · {files}</p>'


def _verdicts_html(take: TakeTrail) -> str:
    if not take.verdicts:
        return '<p class="dim">Not judged.</p>'
    rows = [
        (
            escape(_gate(item.gate)),
            _code(item.measure),
            f"{item.value:.4g}",
            f"{escape(limits_text(item))} {escape(item.unit)}",
            _result_html(item, take),
        )
        for item in take.verdicts
    ]
    return _table_html("Measured by the gates", ("gate", "measure", "measured", "must be", "result"), rows)


def _result_html(verdict: Verdict, take: TakeTrail) -> str:
    if verdict.passed:
        return state_html("passed")
    return f"{state_html('failed')}{', waived' if verdict.gate in take.waived else ''}"


# Pieces ---------------------------------------------------------------------------------------------------------------


def _episode_link(key: str) -> str:
    return f'<p><a href="/episodes/{escape(key)}">{escape(key)}</a></p>'


def _words_html(words: Sequence[str]) -> str:
    """Return lines as paragraphs, indented ones as such."""
    lines = (f'<p class="level{min(2, (len(line) - len(line.lstrip())) // 2)}">{escape(line)}</p>' for line in words)
    return f'<section class="words" aria-label="In short">{"".join(lines)}</section>'


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def _table_html(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of cells that are HTML already; "" without rows."""
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _list_html(items: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>" if items else ""


def _graph_link(job: JobTrail) -> str:
    part = f" {job.part + 1}" if job.part else ""
    return f'<a href="/graphs/{escape(job.id)}.json" download>graph{part}</a>'


def _url(take: TakeTrail | None, role: str) -> str:
    path = take.files.get(role, "") if take is not None else ""
    return f"/media/{path}" if path else ""


def _person_text(person: PersonTrail) -> str:
    return f"{person.who} {_gate(person.what)}: {person.why}"


def _gate(name: str) -> str:
    return name.replace("_", " ")


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _value_html(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _pretty(text: str) -> str:
    """Return JSON indented, and any other text as it is."""
    try:
        return json.dumps(json.loads(text), indent=1, ensure_ascii=False)
    except ValueError:
        return text
