"""Framings and camera moves: neighbours differ, every move has a reason, and moves are not repeated without one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.action_verbs import HANDLING_POSES, WHOLE_BODY_POSES
from tower_anime_assets.production.planning.blocking import Blocking
from tower_anime_assets.production.planning.drafts import Draft
from tower_anime_assets.production.planning.lexicon import stems_in, word_set
from tower_anime_assets.production.planning.shots import Facing, Framing, Move, Purpose
from tower_anime_assets.production.story.model import Scene

MotivatedMove = tuple[Move, str]

_TALL_PLACE_WORDS = word_set("tower rooftop roof skyline mountain cathedral temple shrine sky")
_CHASE_ACTIVITY = 0.7
_HIGH_TENSION = 0.6


def vary_framings(drafts: Sequence[Draft], blocking: Blocking) -> None:
    """Change framings in place so that no shot shows the same people at the same size as the one before it.

    Framings that the writer asked for stay; their neighbours change. Where nothing can change, `set_moves` gives
    different moves.
    """
    for index in range(1, len(drafts)):
        previous, draft = drafts[index - 1], drafts[index]
        if not _have_same_composition(previous, draft, blocking):
            continue
        if not _is_framing_fixed(draft):
            neighbours = [previous, *(after for after in drafts[index + 1 : index + 2] if _is_framing_fixed(after))]
            _reframe(draft, neighbours, blocking)
        elif not _is_framing_fixed(previous):
            _reframe(previous, [*drafts[max(index - 2, 0) : index - 1], draft], blocking)


def _is_framing_fixed(draft: Draft) -> bool:
    return draft.is_framing_requested or draft.purpose is Purpose.ESTABLISHING or bool(draft.card)


def _have_same_composition(one: Draft, other: Draft, blocking: Blocking) -> bool:
    return _composition(one, blocking) == _composition(other, blocking)


def _composition(draft: Draft, blocking: Blocking) -> tuple[Framing, frozenset[str], tuple[str, ...]]:
    visible = frozenset(subject.character for subject in blocking.subjects(draft))
    # An over-shoulder shot shows two people but is about one: its reverse is another picture.
    if draft.framing is Framing.OVER_SHOULDER:
        visible = frozenset(draft.focus[:1])
    return draft.framing, visible, draft.objects if draft.framing is Framing.INSERT else ()


def _reframe(draft: Draft, neighbours: Sequence[Draft], blocking: Blocking) -> None:
    for framing, focus, listener in _alternative_framings(draft, neighbours, blocking):
        candidate = replace(draft, framing=framing, focus=focus, listener=listener)
        if not any(_have_same_composition(candidate, neighbour, blocking) for neighbour in neighbours):
            draft.framing, draft.focus, draft.listener = framing, focus, listener
            draft.reasoning += f", as a {framing.value} so as not to repeat the shot beside it"
            return


def _alternative_framings(
    draft: Draft, neighbours: Sequence[Draft], blocking: Blocking
) -> Iterator[tuple[Framing, tuple[str, ...], str]]:
    focus = draft.focus
    if not focus:
        if draft.objects:
            yield Framing.INSERT, (), ""
        yield Framing.WIDE, (), ""
        return
    others = [name for neighbour in neighbours for name in (*neighbour.focus, neighbour.listener) if name]
    listener = next((name for name in others if name != focus[0] and blocking.are_opposite(name, focus[0])), "")
    framings = (Framing.MEDIUM, Framing.CLOSE_UP)
    if focus[0] in draft.performances and draft.performances[focus[0]].pose in HANDLING_POSES | WHOLE_BODY_POSES:
        yield Framing.MEDIUM, focus[:1], ""  # a close-up of the face would not show what is done
        yield Framing.WIDE, focus, ""
    for framing in framings[::-1] if draft.tension >= _HIGH_TENSION else framings:
        yield framing, focus[:1], ""
    if listener:
        yield Framing.OVER_SHOULDER, focus[:1], listener
    yield Framing.WIDE, focus, ""


def set_moves(drafts: Sequence[Draft], blocking: Blocking, scene: Scene, previous_move: Move | None) -> None:
    """Set each shot's move: the writer's, else the best motivated one that the shot before it does not have.

    Args:
        drafts: The scene's shots; changed in place.
        blocking: Who stands where, and where things travel.
        scene: The scene.
        previous_move: The move of the last shot of the scene before, or None.
    """
    recent_moves: list[Move] = [previous_move] if previous_move is not None else []
    for index, draft in enumerate(drafts):
        repeats_composition = index > 0 and _have_same_composition(drafts[index - 1], draft, blocking)
        candidates = list(_motivated_moves(draft, blocking, scene))
        if draft.suggested_move is not None:
            candidates.insert(0, (draft.suggested_move, "moves as the director suggested"))
        if draft.requested_move is not None:
            candidates.insert(0, (draft.requested_move, "moves as the writer asked"))
        is_requested = draft.requested_move is not None
        draft.move, reason = _choose_move(
            candidates, recent_moves, repeats_composition=repeats_composition, is_requested=is_requested
        )
        draft.reasoning += f"; the camera {reason}"
        recent_moves = [*recent_moves[-1:], draft.move]


def _choose_move(
    candidates: Sequence[MotivatedMove], recent_moves: Sequence[Move], *, repeats_composition: bool, is_requested: bool
) -> MotivatedMove:
    last_move = recent_moves[-1] if recent_moves else None
    was_static = len(recent_moves) > 1 and all(move is Move.STATIC for move in recent_moves)
    for number, (move, reason) in enumerate(candidates):
        is_optional = number > 0 or not is_requested
        repeats = move is last_move and (repeats_composition or (move is not Move.STATIC and is_optional))
        if not repeats and not (move is Move.STATIC and was_static and is_optional):
            return move, reason
    return candidates[0]


def _motivated_moves(draft: Draft, blocking: Blocking, scene: Scene) -> Iterator[MotivatedMove]:
    """Yield moves with their reasons, the best first; at least three different ones."""
    moves_right = blocking.travel_direction is Facing.RIGHT
    track = Move.TRACK_RIGHT if moves_right else Move.TRACK_LEFT
    pan, pan_back = (Move.PAN_RIGHT, Move.PAN_LEFT) if moves_right else (Move.PAN_LEFT, Move.PAN_RIGHT)
    if draft.travels and draft.framing is not Framing.INSERT:
        yield track, "tracks with the movement"
        yield Move.HANDHELD, "is hand-held in the chase"
    elif draft.activity >= _CHASE_ACTIVITY and draft.framing is not Framing.INSERT:
        yield Move.HANDHELD, "is hand-held because a lot happens at once"
    if draft.purpose is Purpose.CLOSING:
        if draft.framing is Framing.WIDE:
            yield Move.PULL_OUT, "pulls out and leaves the scene"
        yield Move.PUSH_IN, "pushes in on the last thought"
        yield Move.PULL_OUT, "pulls out and leaves the scene"
    if draft.framing is Framing.WIDE:
        yield from _wide_shot_moves(draft, scene, pan, pan_back)
    elif draft.framing is Framing.INSERT:
        yield Move.PUSH_IN, "pushes in on the detail"
        yield Move.TILT_DOWN, "tilts down along the detail"
        yield pan, "slides along the detail"
    else:
        yield from _people_shot_moves(draft)


def _wide_shot_moves(draft: Draft, scene: Scene, pan: Move, pan_back: Move) -> Iterator[MotivatedMove]:
    is_tall = not scene.interior and bool(_TALL_PLACE_WORDS & stems_in(scene.place))
    if draft.purpose is Purpose.ESTABLISHING and is_tall:
        yield Move.TILT_UP, "tilts up because the place is high"
    moves = [(pan, "pans across the place"), (Move.PUSH_IN, "pushes slowly into the place")]
    # The place decides which comes first, so that episodes do not all begin alike.
    yield from moves if seed_from(scene.place) % 2 else moves[::-1]
    yield pan_back, "pans back across the place"
    yield Move.PULL_OUT, "pulls out to show more of the place"
    yield Move.TILT_DOWN, "tilts down into the place"


def _people_shot_moves(draft: Draft) -> Iterator[MotivatedMove]:
    hold_still = (Move.STATIC, "holds still for the face" if draft.framing is Framing.CLOSE_UP else "holds still")
    push_in = (Move.PUSH_IN, "pushes in as the tension rises" if draft.tension >= _HIGH_TENSION else "pushes in gently")
    if draft.framing is Framing.TWO_SHOT or (draft.framing is Framing.CLOSE_UP and draft.tension >= _HIGH_TENSION):
        yield from (push_in, hold_still)
    else:
        yield from (hold_still, push_in)
    yield Move.PULL_OUT, "pulls out gently"
