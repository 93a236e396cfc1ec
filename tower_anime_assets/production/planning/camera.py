"""Framings and moves: no two neighbours alike, every move with a reason, no move twice in a row without one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tower_anime_assets.production.digest import seed_of
from tower_anime_assets.production.planning.acting import stems_in
from tower_anime_assets.production.planning.blocking import Blocking
from tower_anime_assets.production.planning.drafts import Draft
from tower_anime_assets.production.planning.shots import Facing, Framing, Move, Purpose
from tower_anime_assets.production.story.model import Scene

Motive = tuple[Move, str]

_HIGH_WORDS = frozenset({"tower", "rooftop", "roof", "skyline", "mountain", "cathedral", "temple", "shrine", "sky"})
_CHASE = 0.7
_TENSE = 0.6


def vary_framings(drafts: Sequence[Draft], blocking: Blocking) -> None:
    """Change framings in place so that no shot shows the same people at the same size as the one before it.

    A framing that the writer asked for stays; its neighbours give way. Where nothing can give way, the moves differ.
    """
    for index in range(1, len(drafts)):
        before, draft = drafts[index - 1], drafts[index]
        if not _look_alike(before, draft, blocking):
            continue
        if not _is_fixed(draft):
            beside = [before, *(after for after in drafts[index + 1 : index + 2] if _is_fixed(after))]
            _reframe(draft, beside, blocking)
        elif not _is_fixed(before):
            _reframe(before, [*drafts[max(index - 2, 0) : index - 1], draft], blocking)


def _is_fixed(draft: Draft) -> bool:
    return draft.is_asked or draft.purpose is Purpose.ESTABLISHING or bool(draft.card)


def _look_alike(one: Draft, other: Draft, blocking: Blocking) -> bool:
    return _look(one, blocking) == _look(other, blocking)


def _look(draft: Draft, blocking: Blocking) -> tuple[Framing, frozenset[str], tuple[str, ...]]:
    shown = frozenset(subject.character for subject in blocking.subjects(draft))
    # An over-shoulder shot shows two people, and is about one: its reverse is another picture.
    if draft.framing is Framing.OVER_SHOULDER:
        shown = frozenset(draft.focus[:1])
    return draft.framing, shown, draft.things if draft.framing is Framing.INSERT else ()


def _reframe(draft: Draft, beside: Sequence[Draft], blocking: Blocking) -> None:
    for framing, focus, listener in _alternatives(draft, beside, blocking):
        tried = replace(draft, framing=framing, focus=focus, listener=listener)
        if not any(_look_alike(tried, neighbour, blocking) for neighbour in beside):
            draft.framing, draft.focus, draft.listener = framing, focus, listener
            draft.why += f", as a {framing.value} so as not to repeat the shot beside it"
            return


def _alternatives(
    draft: Draft, beside: Sequence[Draft], blocking: Blocking
) -> Iterator[tuple[Framing, tuple[str, ...], str]]:
    focus = draft.focus
    if not focus:
        if draft.things:
            yield Framing.INSERT, (), ""
        yield Framing.WIDE, (), ""
        return
    others = [name for neighbour in beside for name in (*neighbour.focus, neighbour.listener) if name]
    listener = next((name for name in others if name != focus[0] and blocking.are_opposite(name, focus[0])), "")
    order = [Framing.CLOSE_UP, Framing.MEDIUM] if draft.tension >= _TENSE else [Framing.MEDIUM, Framing.CLOSE_UP]
    for framing in order:
        yield framing, focus[:1], ""
    if listener:
        yield Framing.OVER_SHOULDER, focus[:1], listener
    yield Framing.WIDE, focus, ""


def set_moves(drafts: Sequence[Draft], blocking: Blocking, scene: Scene, before: Move | None) -> None:
    """Give each shot its move in place: the writer's, or the best motivated that the shot before does not have.

    Args:
        before: The move of the last shot of the scene before, or None.
    """
    recent: list[Move] = [before] if before is not None else []
    for index, draft in enumerate(drafts):
        repeats = index > 0 and _look_alike(drafts[index - 1], draft, blocking)
        motives = list(_motives(draft, blocking, scene))
        if draft.wished_move is not None:
            motives.insert(0, (draft.wished_move, "moves as the director wished"))
        if draft.asked_move is not None:
            motives.insert(0, (draft.asked_move, "moves as the writer asked"))
        draft.move, reason = _chosen(motives, recent, repeats=repeats, is_asked=draft.asked_move is not None)
        draft.why += f"; the camera {reason}"
        recent = [*recent[-1:], draft.move]


def _chosen(motives: Sequence[Motive], recent: Sequence[Move], *, repeats: bool, is_asked: bool) -> Motive:
    last = recent[-1] if recent else None
    held = len(recent) > 1 and all(move is Move.STATIC for move in recent)
    for number, (move, reason) in enumerate(motives):
        if move is last and (repeats or (move is not Move.STATIC and not (is_asked and number == 0))):
            continue
        if move is Move.STATIC and held and not (is_asked and number == 0):
            continue
        return move, reason
    return motives[0]


def _motives(draft: Draft, blocking: Blocking, scene: Scene) -> Iterator[Motive]:
    """Yield moves with their reasons, the best first; at least three different ones."""
    rightwards = blocking.travel is Facing.RIGHT
    track = Move.TRACK_RIGHT if rightwards else Move.TRACK_LEFT
    pan, pan_back = (Move.PAN_RIGHT, Move.PAN_LEFT) if rightwards else (Move.PAN_LEFT, Move.PAN_RIGHT)
    if draft.travels and draft.framing is not Framing.INSERT:
        yield track, "tracks with the movement"
        yield Move.HANDHELD, "is hand-held in the chase"
    elif draft.activity >= _CHASE and draft.framing is not Framing.INSERT:
        yield Move.HANDHELD, "is hand-held, for much happens at once"
    if draft.purpose is Purpose.CLOSING:
        if draft.framing is Framing.WIDE:
            yield Move.PULL_OUT, "pulls out and leaves the scene"
        yield Move.PUSH_IN, "pushes in on the last thought"
        yield Move.PULL_OUT, "pulls out and leaves the scene"
    if draft.framing is Framing.WIDE:
        yield from _wide_motives(draft, scene, pan, pan_back)
    elif draft.framing is Framing.INSERT:
        yield Move.PUSH_IN, "pushes in on the detail"
        yield Move.TILT_DOWN, "tilts down along the detail"
        yield pan, "slides along the detail"
    else:
        yield from _people_motives(draft)


def _wide_motives(draft: Draft, scene: Scene, pan: Move, pan_back: Move) -> Iterator[Motive]:
    place = {stem for stems in stems_in(scene.place) for stem in stems}
    if draft.purpose is Purpose.ESTABLISHING and _HIGH_WORDS & place and not scene.interior:
        yield Move.TILT_UP, "tilts up, for the place is high"
    motives = [(pan, "pans across the place"), (Move.PUSH_IN, "pushes slowly into the place")]
    # Which comes first is drawn from the place, so that episodes do not all begin alike.
    yield from motives if seed_of(scene.place) % 2 else motives[::-1]
    yield pan_back, "pans back across the place"
    yield Move.PULL_OUT, "pulls out to show more of the place"
    yield Move.TILT_DOWN, "tilts down into the place"


def _people_motives(draft: Draft) -> Iterator[Motive]:
    still = (Move.STATIC, "holds still for the face" if draft.framing is Framing.CLOSE_UP else "holds still")
    push = (Move.PUSH_IN, "pushes in as the tension rises" if draft.tension >= _TENSE else "pushes in gently")
    if draft.framing is Framing.TWO_SHOT or (draft.framing is Framing.CLOSE_UP and draft.tension >= _TENSE):
        yield from (push, still)
    else:
        yield from (still, push)
    yield Move.PULL_OUT, "pulls out gently"
