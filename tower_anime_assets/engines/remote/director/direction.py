"""A director's answer applied to a storyboard: framing, move, faces, poses, lengths and background.

Lines, speakers, order and the time that lines need come from the script alone. Every part of an answer that is not
followed is recorded with the reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tower_anime_assets.engines.remote.director.answers import PlanAnswer, ShotAnswer, find_character
from tower_anime_assets.engines.remote.director.consulting import AcceptedAnswer, pluralize
from tower_anime_assets.production.planning.acting import parse_emotion, pose_in
from tower_anime_assets.production.planning.drafts import Draft, Performance
from tower_anime_assets.production.planning.lexicon import stems_in
from tower_anime_assets.production.planning.shots import Framing, Move, Pose, Purpose, ScenePlan
from tower_anime_assets.production.planning.storyboard import Storyboard
from tower_anime_assets.production.planning.timing import FRAME_STEP
from tower_anime_assets.production.story.model import Scene
from tower_anime_assets.production.story.notes import find_camera_move, parse_framing, parse_move

_POSE_KEYS = ("pose", "type", "action", "description", "posture", "stance")
_CHARACTER_KEYS = ("character", "name", "who", "subject")
_ANGLE_PARTS = re.compile(r"[,;:/|()+]|\b(?:of|on|from|with|at|and|to)\b", re.IGNORECASE)
_MAX_LISTED = 10
_SINGLE_FRAMINGS = frozenset({Framing.MEDIUM, Framing.CLOSE_UP})


def direct_scene(
    storyboard: Storyboard, scene: Scene, answer: PlanAnswer, character_ids: Mapping[str, str], director: str
) -> AcceptedAnswer[ScenePlan]:
    """Return the scene's plan by a director's answer, as far as script, camera and clip lengths allow.

    Args:
        storyboard: The scene's storyboard, fitted, not planned yet; planning uses it up.
        answer: Already checked against the scene.
        character_ids: Id by every spelling of a name, in lower case.
        director: The director's name, the source of what it adds to prompts.
    """
    direction = _ShotDirector(storyboard, character_ids, director)
    shots = answer.shots
    aligned = align_shots(storyboard.drafts, shots, character_ids)
    frames_by_shot: Counter[int] = Counter()
    for draft, shot, _share in aligned:
        frames_by_shot[shot.shot_number] += draft.frames
    # Taken before lengths change: a shot's time goes to its beats in the proportions that the script gives them.
    weights = [draft.frames / frames_by_shot[shot.shot_number] for draft, shot, _share in aligned]
    for (draft, shot, _share), weight in zip(aligned, weights, strict=True):
        direction.apply_shot(draft, shot, weight)
    direction.explain_alignment(aligned, shots)
    plan = storyboard.plan()
    direction.compare_with_plan(storyboard.planned_drafts)
    if answer.mood and answer.mood.casefold() != scene.mood:
        direction.record_overruled(f"the mood {answer.mood!r}: the script's mood, {scene.mood}, stays")
    keywords = tuple(dict.fromkeys(word.strip() for word in (*plan.style_keywords, *answer.keywords) if word.strip()))
    lighting = ", ".join(filter(None, (plan.lighting, answer.lighting.strip())))
    arc = answer.arc.strip() or plan.arc
    finished = replace(plan, style_keywords=keywords, lighting=lighting, arc=arc)
    used = [pluralize(count, noun) for noun, count in sorted(direction.followed_counts.items())]
    used += [pluralize(len(answer.keywords), "style keyword")] if answer.keywords else []
    used += ["lighting"] if answer.lighting.strip() else []
    used += ["arc"] if answer.arc.strip() else []
    return AcceptedAnswer(finished, ", ".join(used) or "nothing", tuple(direction.overruled), answer.confidence)


def align_shots(
    beats: Sequence[Draft], shots: Sequence[ShotAnswer], character_ids: Mapping[str, str]
) -> list[tuple[Draft, ShotAnswer, int]]:
    """Return (beat, its shot, the number of beats that share the shot), in order.

    As many shots as beats match one to one. Otherwise each beat gets the shot most like it by cast, words and position,
    in an alignment that never goes back.
    """
    if len(shots) == len(beats):
        return [(beat, shot, 1) for beat, shot in zip(beats, shots, strict=True)]
    best_scores: list[list[float]] = []
    best_origins: list[list[int]] = []
    midpoints = _midpoints([beat.frames for beat in beats]), _midpoints([shot.seconds for shot in shots])
    for row, beat in enumerate(beats):
        scores, origins = [], []
        best_before, best_before_column = float("-inf"), 0
        for column, shot in enumerate(shots):
            before = best_scores[row - 1][column] if row else 0.0
            if before > best_before:
                best_before, best_before_column = before, column
            scores.append(
                best_before + _similarity(beat, shot, character_ids, abs(midpoints[0][row] - midpoints[1][column]))
            )
            origins.append(best_before_column)
        best_scores.append(scores)
        best_origins.append(origins)
    column = max(range(len(shots)), key=lambda at: best_scores[-1][at])
    shot_indexes = []
    for row in range(len(beats) - 1, -1, -1):
        shot_indexes.append(column)
        column = best_origins[row][column]
    shot_indexes.reverse()
    shares = Counter(shot_indexes)
    return [(beat, shots[at], shares[at]) for beat, at in zip(beats, shot_indexes, strict=True)]


def _midpoints(lengths: Sequence[float]) -> list[float]:
    """Return the midpoint of each part, as a share of the whole."""
    total = sum(lengths)
    ends = [sum(lengths[: index + 1]) for index in range(len(lengths))]
    return [(end - length / 2) / total for end, length in zip(ends, lengths, strict=True)]


def _similarity(beat: Draft, shot: ShotAnswer, character_ids: Mapping[str, str], distance: float) -> float:
    visible = {find_character(name, character_ids) for name in shot.emotions}
    focus = set(beat.focus)
    cast_overlap = len(visible & focus) / len(visible | focus) if visible | focus else 1.0
    beat_stems, shot_stems = stems_in(beat.text), stems_in(shot.description)
    word_overlap = len(beat_stems & shot_stems) / len(beat_stems | shot_stems) if beat_stems | shot_stems else 0.0
    return cast_overlap + 2.0 * word_overlap - 2.0 * distance


@dataclass
class _ShotDirector:
    """Applies a director's shots to drafts, and records what was followed and what was not."""

    storyboard: Storyboard
    character_ids: Mapping[str, str]
    director: str
    followed_counts: Counter[str] = field(default_factory=Counter)
    overruled: list[str] = field(default_factory=list)
    wishes: dict[int, tuple[Draft, ShotAnswer, int]] = field(default_factory=dict)
    directed_numbers: set[int] = field(default_factory=set)
    explained: set[tuple[int, str]] = field(default_factory=set)

    def record_overruled(self, reason: str) -> None:
        if reason not in self.overruled:
            self.overruled.append(reason)

    def apply_shot(self, draft: Draft, shot: ShotAnswer, weight: float) -> None:
        """Apply a shot to one of its beats, which gets that part of its time.

        Camera and acting are the first beat's only: a shot that stands for eight lines would make eight shots of one
        framing and face, where the script's coverage has more to show.
        """
        if shot.shot_number not in self.directed_numbers:
            self.directed_numbers.add(shot.shot_number)
            self._apply_framing(draft, shot)
            self._apply_acting(draft, shot)
            self._apply_move(draft, shot)
        else:
            self.explained |= {(id(draft), "framing"), (id(draft), "move")}
        frames = self._apply_length(draft, shot, weight)
        if shot.background and shot.background.strip():
            draft.background = (shot.background.strip().rstrip("."), self.director)
            self.followed_counts["background"] += 1
        draft.reasoning += f"; {self.director}'s shot {shot.shot_number}"
        self.wishes[id(draft)] = (draft, shot, frames)

    def explain_alignment(self, aligned: Sequence[tuple[Draft, ShotAnswer, int]], shots: Sequence[ShotAnswer]) -> None:
        """Record which shots were split, which were left out, and whom the director shows nowhere."""
        shares = {shot.shot_number: share for _draft, shot, share in aligned}
        for number, share in sorted(shares.items()):
            if share > 1:
                self.record_overruled(
                    f"shot {number}: became {share} shots, because the script has {share} beats for it; camera and "
                    "acting are the first one's, the others keep the script's"
                )
        unused = [str(shot.shot_number) for shot in shots if shot.shot_number not in shares]
        if unused:
            listing = ", ".join(unused[:_MAX_LISTED]) + (
                f" and {len(unused) - _MAX_LISTED} more" if unused[_MAX_LISTED:] else ""
            )
            self.record_overruled(f"shot {listing}: left out, because the script has no beat for it")
        shown = {find_character(name, self.character_ids) for shot in shots for name in shot.emotions}
        if shown and (absent := [name for name in self.storyboard.present_ids if name not in shown]):
            self.record_overruled(f"{', '.join(absent)}: in no shot of the answer; shown where the script has them")

    def compare_with_plan(self, final_drafts: Sequence[Draft]) -> None:
        """Count the director's wishes that the final plan follows, and record the others."""
        final_ids = {id(draft) for draft in final_drafts}
        for draft, shot, frames in self.wishes.values():
            if id(draft) not in final_ids:
                self._overrule(shot, "left out, so that the scene keeps its length")
                continue
            if framing := _read_framing(shot.angle):
                self._compare(draft, shot, "framing", framing, draft.framing, "the shot beside it")
            if draft.suggested_move is not None:
                self._compare(draft, shot, "move", draft.suggested_move, draft.move, "the move before it")
            if abs(draft.frames - frames) <= FRAME_STEP:
                self.followed_counts["length"] += 1
            elif (id(draft), "length") not in self.explained:
                fps = self.storyboard.pace.fps
                why = "its lines need the time" if draft.cues else "the scene keeps its length"
                change = f"{frames / fps:.1f} s became {draft.frames / fps:.1f} s, because {why}"
                self._overrule_aspect(draft, shot, "length", change)

    def _overrule(self, shot: ShotAnswer, reason: str) -> None:
        self.record_overruled(f"shot {shot.shot_number}: {reason}")

    def _overrule_aspect(self, draft: Draft, shot: ShotAnswer, aspect: str, reason: str) -> None:
        self.explained.add((id(draft), aspect))
        self.record_overruled(f"shot {shot.shot_number}, {aspect}: {reason}")

    def _compare(
        self, draft: Draft, shot: ShotAnswer, aspect: str, wish: object, result: object, neighbour: str
    ) -> None:
        if wish is result:
            self.followed_counts[aspect] += 1
        elif (id(draft), aspect) not in self.explained:
            self._overrule_aspect(draft, shot, aspect, f"{wish} became {result}, so as not to repeat {neighbour}")

    def _apply_framing(self, draft: Draft, shot: ShotAnswer) -> None:
        framing = _read_framing(shot.angle)
        if framing is None and shot.angle.strip():
            self._overrule_aspect(
                draft, shot, "framing", f"{shot.angle[:40]!r} is none that a shot has; the script's stays"
            )
        if framing is None or framing is draft.framing:
            return
        if why := self._framing_obstacle(draft, framing):
            self._overrule_aspect(draft, shot, "framing", f"{framing} became {draft.framing}, because {why}")
            return
        visible = self._visible_in_shot(shot)
        if framing in _SINGLE_FRAMINGS:
            # Speakers stay in the picture; a silent shot is about the character whom the director names first.
            first = next((name for name in visible if name in draft.focus or not draft.focus), "")
            draft.focus = (first,) if first and not draft.cues else draft.focus[:1]
        elif framing is Framing.OVER_SHOULDER:
            draft.listener = self._find_listener(draft, visible)
            draft.focus = draft.focus[:1]
        elif framing is Framing.TWO_SHOT:
            draft.focus = self._find_pair(draft, visible)
        draft.framing = framing
        draft.purpose = Purpose.INSERT if framing is Framing.INSERT and draft.is_silent else draft.purpose
        if framing is not Framing.OVER_SHOULDER:
            draft.listener = ""

    def _framing_obstacle(self, draft: Draft, framing: Framing) -> str:
        visible = self._visible_in_draft(draft)
        if draft.is_framing_requested:
            return "the writer asked for it"
        if draft.card:
            return "a title card is laid over it"
        if draft.purpose is Purpose.ESTABLISHING:
            return "the place has to be shown first"
        if len(draft.cues) > 1:
            return "two characters speak at once"
        if framing is Framing.INSERT and not draft.objects:
            return "the script names no object to show"
        if framing in (*_SINGLE_FRAMINGS, Framing.OVER_SHOULDER, Framing.TWO_SHOT) and not visible:
            return "the shot shows nobody"
        if framing is Framing.OVER_SHOULDER and not self._find_listener(draft, ()):
            return "nobody stands opposite"
        if framing is Framing.TWO_SHOT and len(self._find_pair(draft, ())) < 2:
            return "nobody else is in the scene"
        return ""

    def _visible_in_draft(self, draft: Draft) -> tuple[str, ...]:
        return draft.focus or (tuple(self.storyboard.present_ids[:1]) if draft.is_silent else ())

    def _visible_in_shot(self, shot: ShotAnswer) -> list[str]:
        ids = [find_character(name, self.character_ids) for name in shot.emotions]
        return [name for name in ids if name in self.storyboard.present_ids]

    def _find_listener(self, draft: Draft, candidates: Sequence[str]) -> str:
        if not draft.focus:
            return ""
        others = [
            name
            for name in (draft.listener, *candidates, *self.storyboard.present_ids)
            if name and name != draft.focus[0]
        ]
        opposite = self.storyboard.blocking.are_opposite
        return next(
            (name for name in others if name in self.storyboard.present_ids and opposite(name, draft.focus[0])), ""
        )

    def _find_pair(self, draft: Draft, candidates: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*draft.focus, *candidates, *self.storyboard.present_ids)))[:2]

    def _apply_acting(self, draft: Draft, shot: ShotAnswer) -> None:
        acts = dict(draft.performances)
        for spelling, emotion_text in shot.emotions.items():
            name, emotion = find_character(spelling, self.character_ids), parse_emotion(emotion_text)
            if name not in self.storyboard.present_ids:
                self._overrule(shot, f"{spelling} is heard in this scene, not seen")
            elif emotion is None:
                self._overrule(shot, f"unknown emotion {emotion_text[:40]!r}; {spelling} keeps the script's")
            else:
                acts[name] = replace(acts.get(name, Performance(emotion, Pose.STAND)), emotion=emotion)
                self.followed_counts["face"] += 1
        scripted_pose = pose_in(draft.text)
        for name, pose in self._iter_poses(shot):
            if name not in acts:
                continue
            if scripted_pose is not None and scripted_pose is not pose and acts[name].pose is scripted_pose:
                self._overrule(shot, f"the pose {pose} of {name}, because the script says {scripted_pose}")
                continue
            acts[name] = replace(acts[name], pose=pose)
            self.followed_counts["pose"] += 1
        draft.performances = acts

    def _iter_poses(self, shot: ShotAnswer) -> Iterator[tuple[str, Pose]]:
        visible = self._visible_in_shot(shot)
        for item in shot.poses:
            pose_text = " ".join(str(item[key]) for key in _POSE_KEYS if isinstance(item.get(key), str))
            spelling = next((str(item[key]) for key in _CHARACTER_KEYS if isinstance(item.get(key), str)), "")
            name = (
                find_character(spelling, self.character_ids) if spelling else (visible[0] if len(visible) == 1 else "")
            )
            pose = _parse_pose(pose_text)
            if name in self.storyboard.present_ids and pose is not None:
                yield name, pose
            else:
                whose = "is of nobody in the scene" if spelling else "does not say whose it is"
                why = "cannot be drawn" if pose is None else whose
                self._overrule(shot, f"the pose {(pose_text or str(item))[:60]!r} {why}")

    def _apply_move(self, draft: Draft, shot: ShotAnswer) -> None:
        move: Move | None = parse_move(shot.move) or find_camera_move(shot.description)
        if move is None:
            return
        if draft.requested_move is not None:
            if move is not draft.requested_move:
                why = f"{move} became {draft.requested_move}, because the writer asked for it"
                self._overrule_aspect(draft, shot, "move", why)
            return
        draft.suggested_move = move

    def _apply_length(self, draft: Draft, shot: ShotAnswer, weight: float) -> int:
        """Set a shot's length within what lines and notes allow, and return the length asked for, in frames."""
        pace = self.storyboard.pace
        wish_frames = round(shot.seconds * weight * pace.fps)
        if draft.min_frames == draft.max_frames:
            if abs(wish_frames - draft.frames) > FRAME_STEP:
                self._overrule_aspect(draft, shot, "length", "the script fixes it")
            return wish_frames
        if wish_frames > pace.max_frames + FRAME_STEP:
            self._overrule_aspect(draft, shot, "length", f"{wish_frames / pace.fps:.1f} s is longer than a clip can be")
        legal_frames = pace.legal_frames(wish_frames)
        if draft.is_silent:
            draft.max_frames = max(draft.max_frames, legal_frames)
        draft.frames = min(max(legal_frames, draft.min_frames), draft.max_frames)
        return wish_frames


def _read_framing(angle: str) -> Framing | None:
    """Return the one framing in an angle's words, such as "low angle, medium shot"; None for none or several."""
    if framing := parse_framing(angle):
        return framing
    framings = {parse_framing(part) for part in _ANGLE_PARTS.split(angle)} - {None}
    return framings.pop() if len(framings) == 1 else None


def _parse_pose(pose_text: str) -> Pose | None:
    pose_word = pose_text.strip().lower().replace("_", "-")
    return Pose(pose_word) if pose_word in [pose.value for pose in Pose] else pose_in(pose_text)
