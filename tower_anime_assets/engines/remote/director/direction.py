"""A director's plan put onto a storyboard: it chooses framing, move, faces, poses, lengths and background.

What is said, by whom, in which order and for how long stays the script's. Whatever of the plan is not followed is said,
with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tower_anime_assets.engines.remote.director.answers import PlanAnswer, ShotAnswer
from tower_anime_assets.engines.remote.director.consulting import counted
from tower_anime_assets.production.planning.acting import parse_emotion, pose_in, stems_in
from tower_anime_assets.production.planning.drafts import Draft, Performance
from tower_anime_assets.production.planning.shots import Framing, Move, Pose, Purpose, ScenePlan
from tower_anime_assets.production.planning.storyboard import Storyboard
from tower_anime_assets.production.planning.timing import FRAME_STEP
from tower_anime_assets.production.story.model import Scene
from tower_anime_assets.production.story.notes import find_camera_move, parse_framing, parse_move

_AT_REST_WORDS = ("pose", "action", "description", "posture", "stance")
_WHO_WORDS = ("character", "name", "who", "subject")
_SINGLES = frozenset({Framing.MEDIUM, Framing.CLOSE_UP})


@dataclass(frozen=True)
class Directed:
    """A scene plan made on a director's word.

    Attributes:
        used: What was followed, in words.
        overruled: What was not, each with why.
    """

    plan: ScenePlan
    used: str
    overruled: tuple[str, ...]


def directed(board: Storyboard, scene: Scene, answer: PlanAnswer, names: Mapping[str, str], director: str) -> Directed:
    """Return the scene's plan as a director wants it, as far as script, camera and clip lengths allow.

    Args:
        board: The scene's storyboard, fitted, not planned yet.
        scene: The scene.
        answer: What the director said, already held against the story.
        names: Id by every spelling of a name, in lower case.
        director: Its name, as the source of what it adds to prompts.
    """
    direction = _Direction(board, names, director)
    shots = sorted(answer.shots, key=lambda shot: shot.shot_number)
    for draft, shot, share in aligned(board.drafts, shots, names):
        direction.follow(draft, shot, share)
    plan = board.plan()
    direction.compare(board.planned_drafts, shots)
    if answer.mood and answer.mood.casefold() != scene.mood:
        direction.overrule(f"the mood {answer.mood!r}: the script's, {scene.mood}, stays; music and voices follow it")
    keywords = tuple(dict.fromkeys(word.strip() for word in (*plan.style_keywords, *answer.keywords) if word.strip()))
    lighting = ", ".join(filter(None, (plan.lighting, answer.lighting.strip())))
    arc = answer.arc.strip() or plan.arc
    finished = replace(plan, style_keywords=keywords, lighting=lighting, arc=arc)
    used = [counted(count, what) for what, count in sorted(direction.followed.items())]
    used += [counted(len(answer.keywords), "style keyword")] if answer.keywords else []
    used += ["lighting"] if answer.lighting.strip() else []
    used += ["arc"] if answer.arc.strip() else []
    return Directed(finished, ", ".join(used) or "nothing", tuple(direction.overruled))


def aligned(
    beats: Sequence[Draft], shots: Sequence[ShotAnswer], names: Mapping[str, str]
) -> list[tuple[Draft, ShotAnswer, int]]:
    """Return (beat, the shot that shows it, over how many beats that shot goes), in order.

    As many shots as beats were meant one for one. Otherwise each beat gets the shot most like it, by who is seen, which
    words are shared and when it comes, and never goes back to a shot before the last beat's.
    """
    if len(shots) == len(beats):
        return [(beat, shot, 1) for beat, shot in zip(beats, shots, strict=True)]
    best: list[list[float]] = []
    came_from: list[list[int]] = []
    places = _middles([beat.frames for beat in beats]), _middles([shot.seconds for shot in shots])
    for row, beat in enumerate(beats):
        scores, origins = [], []
        running, running_at = float("-inf"), 0
        for column, shot in enumerate(shots):
            before = best[row - 1][column] if row else 0.0
            if before > running:
                running, running_at = before, column
            scores.append(running + _likeness(beat, shot, names, abs(places[0][row] - places[1][column])))
            origins.append(running_at)
        best.append(scores)
        came_from.append(origins)
    column = max(range(len(shots)), key=lambda at: best[-1][at])
    chosen = []
    for row in range(len(beats) - 1, -1, -1):
        chosen.append(column)
        column = came_from[row][column]
    chosen.reverse()
    shares = Counter(chosen)
    return [(beat, shots[at], shares[at]) for beat, at in zip(beats, chosen, strict=True)]


def _middles(lengths: Sequence[float]) -> list[float]:
    """Return where in the whole each part has its middle, 0 to 1."""
    total = sum(lengths)
    ends = [sum(lengths[: index + 1]) for index in range(len(lengths))]
    return [(end - length / 2) / total for end, length in zip(ends, lengths, strict=True)]


def _likeness(beat: Draft, shot: ShotAnswer, names: Mapping[str, str], distance: float) -> float:
    seen = {names[name.casefold()] for name in shot.emotions}
    who = set(beat.focus)
    people = len(seen & who) / len(seen | who) if seen | who else 1.0
    words = {stem for stems in stems_in(beat.text) for stem in stems}
    said = {stem for stems in stems_in(shot.description) for stem in stems}
    shared = len(words & said) / len(words | said) if words | said else 0.0
    return people + 2.0 * shared - 2.0 * distance


@dataclass
class _Direction:
    """Follows a director's shots, and remembers what was followed and what was not."""

    board: Storyboard
    names: Mapping[str, str]
    director: str
    followed: Counter[str] = field(default_factory=Counter)
    overruled: list[str] = field(default_factory=list)
    wanted: dict[int, tuple[Draft, ShotAnswer, int]] = field(default_factory=dict)
    excused: set[tuple[int, str]] = field(default_factory=set)

    def overrule(self, words: str) -> None:
        if words not in self.overruled:
            self.overruled.append(words)

    def refuse(self, draft: Draft, shot: ShotAnswer, what: str, why: str) -> None:
        self.excused.add((id(draft), what))
        self.overrule(f"shot {shot.shot_number}, {what}: {why}")

    def follow(self, draft: Draft, shot: ShotAnswer, share: int) -> None:
        self._frame(draft, shot)
        self._act(draft, shot)
        self._move(draft, shot)
        frames = self._length(draft, shot, share)
        if shot.background and shot.background.strip():
            draft.background = (shot.background.strip().rstrip("."), self.director)
            self.followed["background"] += 1
        draft.reasoning += f"; {self.director}'s shot {shot.shot_number}"
        self.wanted[id(draft)] = (draft, shot, frames)

    def compare(self, shown: Sequence[Draft], shots: Sequence[ShotAnswer]) -> None:
        """Count what became of the director's wishes, and say what became otherwise."""
        there = {id(draft) for draft in shown}
        used = {shot.shot_number for _draft, shot, _frames in self.wanted.values()}
        for shot in shots:
            if shot.shot_number not in used:
                self.overrule(f"shot {shot.shot_number}: the script has no further moment for it, so it is left out")
        for draft, shot, frames in self.wanted.values():
            if id(draft) not in there:
                self.overrule(f"shot {shot.shot_number}: left out, so that the scene keeps its length")
                continue
            self._compare_framing(draft, shot)
            self._compare_move(draft, shot)
            if abs(draft.frames - frames) <= FRAME_STEP:
                self.followed["length"] += 1
            elif (id(draft), "length") not in self.excused:
                fps = self.board.pace.fps
                why = "its lines need their time" if draft.cues else "the scene keeps its length"
                self.refuse(draft, shot, "length", f"{frames / fps:.1f} s became {draft.frames / fps:.1f} s, for {why}")

    def _compare_framing(self, draft: Draft, shot: ShotAnswer) -> None:
        wanted = parse_framing(shot.angle)
        if draft.framing is wanted:
            self.followed["framing"] += 1
        elif (id(draft), "framing") not in self.excused:
            why = f"{wanted} became {draft.framing}, so as not to repeat the shot beside it"
            self.refuse(draft, shot, "framing", why)

    def _compare_move(self, draft: Draft, shot: ShotAnswer) -> None:
        if draft.suggested_move is None:
            return
        if draft.move is draft.suggested_move:
            self.followed["move"] += 1
        else:
            why = f"{draft.suggested_move} became {draft.move}, so as not to repeat the move before it"
            self.refuse(draft, shot, "move", why)

    def _frame(self, draft: Draft, shot: ShotAnswer) -> None:
        wanted = parse_framing(shot.angle)
        if wanted is None or wanted is draft.framing:
            return
        if why := self._why_not(draft, wanted):
            self.refuse(draft, shot, "framing", f"{wanted} became {draft.framing}, for {why}")
            return
        named = self._seen_in(shot)
        if wanted in _SINGLES:
            # Whoever speaks stays in the picture; in silence, it is about whom the director names first.
            first = next((name for name in named if name in draft.focus or not draft.focus), "")
            draft.focus = (first,) if first and not draft.cues else draft.focus[:1]
        elif wanted is Framing.OVER_SHOULDER:
            draft.listener = self._listener(draft, named)
            draft.focus = draft.focus[:1]
        elif wanted is Framing.TWO_SHOT:
            draft.focus = self._pair(draft, named)
        draft.framing = wanted
        draft.purpose = Purpose.INSERT if wanted is Framing.INSERT and draft.is_silent else draft.purpose
        if wanted is not Framing.OVER_SHOULDER:
            draft.listener = ""

    def _why_not(self, draft: Draft, wanted: Framing) -> str:
        named = self._seen_in_draft(draft)
        if draft.is_framing_requested:
            return "the writer asked for it"
        if draft.card:
            return "a card stands over the place"
        if draft.purpose is Purpose.ESTABLISHING:
            return "the place has to be shown first"
        if len(draft.cues) > 1:
            return "two speak at once"
        if wanted is Framing.INSERT and not draft.objects:
            return "the script names no thing to be shown"
        if wanted in (*_SINGLES, Framing.OVER_SHOULDER, Framing.TWO_SHOT) and not named:
            return "nobody is to be seen there"
        if wanted is Framing.OVER_SHOULDER and not self._listener(draft, ()):
            return "nobody stands opposite"
        if wanted is Framing.TWO_SHOT and len(self._pair(draft, ())) < 2:
            return "nobody else is there"
        return ""

    def _seen_in_draft(self, draft: Draft) -> tuple[str, ...]:
        return draft.focus or (tuple(self.board.present_ids[:1]) if draft.is_silent else ())

    def _seen_in(self, shot: ShotAnswer) -> list[str]:
        ids = [self.names[name.casefold()] for name in shot.emotions]
        return [name for name in ids if name in self.board.present_ids]

    def _listener(self, draft: Draft, named: Sequence[str]) -> str:
        if not draft.focus:
            return ""
        others = [name for name in (draft.listener, *named, *self.board.present_ids) if name and name != draft.focus[0]]
        opposite = self.board.blocking.are_opposite
        return next((name for name in others if name in self.board.present_ids and opposite(name, draft.focus[0])), "")

    def _pair(self, draft: Draft, named: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*draft.focus, *named, *self.board.present_ids)))[:2]

    def _act(self, draft: Draft, shot: ShotAnswer) -> None:
        acts = dict(draft.performances)
        for spelt, words in shot.emotions.items():
            name, emotion = self.names[spelt.casefold()], parse_emotion(words)
            if name not in self.board.present_ids:
                self.overrule(f"shot {shot.shot_number}: {spelt} is heard in this scene, not seen")
            elif emotion is None:
                self.overrule(f"shot {shot.shot_number}: no face for {words[:40]!r}; {spelt} keeps the script's")
            else:
                acts[name] = Performance(emotion, acts[name].pose if name in acts else Pose.STAND)
                self.followed["face"] += 1
        written = pose_in(draft.text)
        for name, pose in self._poses(shot):
            if name not in acts:
                continue
            if written is not None and written is not pose and acts[name].pose is written:
                self.overrule(f"shot {shot.shot_number}: the pose {pose} of {name}: the script says {written}")
                continue
            acts[name] = Performance(acts[name].emotion, pose)
            self.followed["pose"] += 1
        draft.performances = acts

    def _poses(self, shot: ShotAnswer) -> Iterator[tuple[str, Pose]]:
        seen = self._seen_in(shot)
        for item in shot.poses:
            words = " ".join(str(item[key]) for key in _AT_REST_WORDS if isinstance(item.get(key), str))
            spelt = next((str(item[key]) for key in _WHO_WORDS if isinstance(item.get(key), str)), "")
            name = self.names.get(spelt.casefold(), seen[0] if len(seen) == 1 and not spelt else "")
            pose = _pose(words)
            if name in self.board.present_ids and pose is not None:
                yield name, pose
            else:
                self.overrule(f"shot {shot.shot_number}: the pose {str(item)[:60]} is none that can be shown")

    def _move(self, draft: Draft, shot: ShotAnswer) -> None:
        wanted: Move | None = parse_move(shot.move) or find_camera_move(shot.description)
        if wanted is None:
            return
        if draft.requested_move is not None:
            if wanted is not draft.requested_move:
                self.refuse(draft, shot, "move", f"{wanted} became {draft.requested_move}, for the writer asked for it")
            return
        draft.suggested_move = wanted

    def _length(self, draft: Draft, shot: ShotAnswer, share: int) -> int:
        """Set how long a shot would like to be and return the wish, frames; lines and notes keep their time."""
        pace = self.board.pace
        wish = round(shot.seconds / share * pace.fps)
        if draft.min_frames == draft.max_frames:
            if abs(wish - draft.frames) > FRAME_STEP:
                self.refuse(draft, shot, "length", "the script fixes it")
            return wish
        if wish > pace.max_frames + FRAME_STEP:
            self.refuse(draft, shot, "length", f"{wish / pace.fps:.1f} s is longer than a clip may be")
        legal = pace.legal_frames(wish)
        if draft.is_silent:
            draft.max_frames = max(draft.max_frames, legal)
        draft.frames = min(max(legal, draft.min_frames), draft.max_frames)
        return wish


def _pose(words: str) -> Pose | None:
    plain = words.strip().lower().replace("_", "-")
    return Pose(plain) if plain in [pose.value for pose in Pose] else pose_in(words)
