"""Coverage: a scene's beats as shots, in order, before lengths are fitted and the camera is set in motion."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.planning.acting import (
    Feeling,
    acted_feeling,
    listening_emotion,
    mood_emotion,
    pose_in,
    speaking_activity,
    spoken_feeling,
    word_stems,
)
from tower_anime_assets.production.planning.action_beats import Sight, Witness
from tower_anime_assets.production.planning.blocking import Blocking
from tower_anime_assets.production.planning.drafts import DETAIL, ESSENTIAL, REACTION, SPARE, Act, Cue, Draft, Pace
from tower_anime_assets.production.planning.shots import Emotion, Framing, Move, Pose, Purpose
from tower_anime_assets.production.planning.timing import clip_length, pauses, window_seconds
from tower_anime_assets.production.story.model import Action, Card, Character, Scene, ShotNote, Speech

_PEOPLED = frozenset({Framing.MEDIUM, Framing.CLOSE_UP, Framing.OVER_SHOULDER, Framing.TWO_SHOT})
_MOOD_TENSION: Mapping[str, float] = {
    "action": 0.5,
    "chase": 0.5,
    "tense": 0.45,
    "ominous": 0.45,
    "dark": 0.45,
    "mysterious": 0.3,
    "triumphant": 0.35,
    "sad": 0.3,
    "romantic": 0.25,
    "calm": 0.1,
    "comic": 0.1,
}
_MOOD_PACE: Mapping[str, float] = {
    "action": 0.85,
    "chase": 0.8,
    "comic": 0.9,
    "calm": 1.15,
    "sad": 1.15,
    "romantic": 1.1,
}
_LASTING_POSES = frozenset({Pose.SIT, Pose.CROUCH, Pose.TYPE})
_SLOW_WORDS = frozenset(
    {"whisper", "slow", "slowly", "unhurried", "hesitate", "hesitant", "sob", "breathless", "tired"}
)
_SLOW, _SUNG = 1.1, 1.3
_EMOTION_PACE: Mapping[Emotion, float] = {Emotion.SAD: 1.14, Emotion.TENDER: 1.08, Emotion.SMUG: 1.08}
"""How much longer a line takes that is spoken with this feeling."""

_LEAD_S, _TAIL_S, _LAST_TAIL_S = 0.15, 0.15, 0.5
_CARD_S = 2.7
_SHORTEST_PLACE_S = 2.0
_STRONG = 0.7
_HALT_WORDS = frozenset({"stop", "halt", "park", "brake", "dismount"})
_RE_ESTABLISH_EVERY = 6
_CLOSE_FROM, _OVER_FROM = 0.72, 0.42
_CLOSE_IN_A_ROW = 2


@dataclass
class _Talk:
    """What has been shown of a conversation so far."""

    lines: int = 0
    since_together: int = _RE_ESTABLISH_EVERY
    speaker: str = ""


class Coverage:
    """Turns one scene's beats into drafts; use once."""

    def __init__(self, scene: Scene, cast: Mapping[str, Character], pace: Pace, *, is_new_place: bool) -> None:
        self._scene = scene
        self._cast = cast
        self._pace = pace
        self._is_new_place = is_new_place
        self._witness = Witness(scene, [cast[name] for name in scene.cast])
        self.present = _present(scene, self._witness)
        moves = [Move(beat.move) for beat in scene.beats if isinstance(beat, ShotNote) and beat.move]
        self.blocking = Blocking(self.present, moves)
        self.drafts: list[Draft] = []
        self._ask: ShotNote | None = None
        self._card = ""
        self._talk = _Talk()
        self._acts = {name: Act(mood_emotion(scene.mood), self._first_pose(name)) for name in self.present}
        self._rides = False
        self._progress = 0.0
        self._last_focus: tuple[str, ...] = tuple(self.present[:1])

    def cover(self) -> list[Draft]:
        """Return the scene's drafts: those the story needs, and marked as such those it could do without.

        Raises:
            PlanError: A note asks for more frames than a clip may have.
        """
        beats = self._scene.beats
        index = 0
        while index < len(beats):
            self._progress = index / max(len(beats) - 1, 1)
            beat = beats[index]
            index += 1
            if isinstance(beat, ShotNote):
                self._take_ask(beat)
            elif isinstance(beat, Card):
                self._take_card(beat)
            elif isinstance(beat, Action):
                self._act(beat)
            else:
                group = [beat]
                while index < len(beats) and isinstance(after := beats[index], Speech) and after.dual:
                    group.append(after)
                    index += 1
                self._speak(group, beats[index] if index < len(beats) else None)
        if self._ask is not None:
            self._bare_shot(self._ask)
        if self._card or not self.drafts:
            self._place_shot()
        self._close()
        return self.drafts

    def _first_pose(self, name: str) -> Pose:
        """Return the lasting pose in which the action first finds somebody: they were in it before that, too."""
        witness = Witness(self._scene, [self._cast[one] for one in self._scene.cast])
        for beat in self._scene.beats:
            for sight in witness.sights(beat.text) if isinstance(beat, Action) else ():
                if name in sight.doers:
                    pose = pose_in(sight.text)
                    return pose if pose in _LASTING_POSES else Pose.STAND
        return Pose.STAND

    # The writer's wishes

    def _take_ask(self, note: ShotNote) -> None:
        if self._ask is not None:
            self._bare_shot(self._ask)
        self._ask = note

    def _take_card(self, beat: Card) -> None:
        if self._card:
            self._place_shot()
        self._card = beat.text
        if self.drafts:
            self._place_shot()

    def _bare_shot(self, note: ShotNote) -> None:
        """Draft a shot that a note asks for and no beat fills."""
        self._ask = note
        wanted = Framing(note.framing) if note.framing else Framing.MEDIUM if self.present else Framing.WIDE
        self._silent(Purpose.ACTION, wanted, self._last_focus, 2.5, "The writer asked for this shot")

    # Action

    def _act(self, beat: Action) -> None:
        sights = self._witness.sights(beat.text)
        if not self.drafts:
            sights = self._open(sights)
        # What people do carries the story; the first sight does where nobody does anything.
        carrier = next((number for number, sight in enumerate(sights) if sight.focus), 0)
        for number, sight in enumerate(sights):
            self._show(sight, ESSENTIAL if number == carrier else DETAIL, beat.text)

    def _open(self, sights: list[Sight]) -> list[Sight]:
        """Begin the scene: by its first sight when that shows the place, by a shot of the place otherwise."""
        asked = self._ask is not None and self._ask.framing not in ("", Framing.WIDE)
        if asked or not (self._is_new_place or self._card):
            return sights
        first = sights[0]
        shows_place = first.framing is Framing.WIDE or not (first.focus or first.owners)
        if shows_place or (self._ask is not None and self._ask.framing == Framing.WIDE):
            self._establish(first)
            return sights[1:]
        self._place_shot()
        return sights

    def _establish(self, sight: Sight) -> None:
        seconds = self._sight_seconds(sight) + 0.6
        self._follow(sight)
        self._silent(
            Purpose.ESTABLISHING,
            Framing.WIDE,
            self._visible(sight.focus),
            max(seconds, _CARD_S) if self._card else seconds,
            f"Establishes {self._scene.place}",
            sight=sight,
        )

    def _place_shot(self) -> None:
        """Draft a wide of the place: opening a scene, or carrying a card."""
        opening = not self.drafts
        focus = () if self._card else tuple(self.present) if self._speaks_first() else ()
        why = f"Establishes {self._scene.place}" if opening else f"Carries the card over {self._scene.place}"
        purpose = Purpose.ESTABLISHING if opening else Purpose.ACTION
        waiting, self._ask = self._ask, None
        self._silent(purpose, Framing.WIDE, focus, _CARD_S, why)
        self._ask = waiting

    def _speaks_first(self) -> bool:
        beats = [beat for beat in self._scene.beats if isinstance(beat, Action | Speech)]
        return bool(beats) and isinstance(beats[0], Speech)

    def _show(self, sight: Sight, rank: int, paragraph: str) -> None:
        self._follow(sight)
        framing, focus = sight.framing, self._visible(sight.focus)
        if framing is Framing.INSERT:
            focus = self._visible(sight.owners[:1])
        purpose = Purpose.INSERT if framing is Framing.INSERT else Purpose.ACTION
        why = f"Shows {_subject_of(sight, focus, self._cast)}"
        self._silent(purpose, framing, focus, self._sight_seconds(sight), why, sight=sight, rank=rank, hint=paragraph)

    def _follow(self, sight: Sight) -> None:
        """Remember what the sight does to those in it: their faces, and poses that last."""
        feeling = acted_feeling(sight.text, self._scene.mood)
        pose = pose_in(sight.text)
        if not self._scene.interior and sight.travels and not sight.focus and sight.things[:1] == ("motorbike",):
            # A vehicle on its way carries whoever is there.
            self._acts = {name: replace(act, pose=Pose.SIT) for name, act in self._acts.items()}
            self._rides = True
        if _HALT_WORDS & {stem for word in sight.text.split() for stem in word_stems(word.strip(".,!?"))}:
            self._rides = False
        for name in self._visible((*sight.focus, *sight.owners)):
            doing = pose if pose is not None and name in sight.doers else self._lasting(name)
            self._acts[name] = Act(feeling.emotion, doing)

    def _lasting(self, name: str) -> Pose:
        pose = self._acts[name].pose
        return pose if pose in _LASTING_POSES else Pose.STAND

    def _sight_seconds(self, sight: Sight) -> float:
        pace = _MOOD_PACE.get(self._scene.mood, 1.0) * (1.0 - 0.2 * sight.activity)
        return min(max((1.2 + 0.17 * sight.words) * pace, 1.4), 4.5)

    def _silent(
        self,
        purpose: Purpose,
        framing: Framing,
        focus: tuple[str, ...],
        seconds: float,
        why: str,
        *,
        sight: Sight | None = None,
        rank: int = ESSENTIAL,
        hint: str = "",
    ) -> None:
        """Draft a shot without lines, as the writer asked where anything was asked."""
        frames = self._pace.legal(seconds)
        stretched = self._pace.legal_frames(round(frames * 1.7))
        draft = Draft(
            purpose,
            framing,
            focus,
            frames,
            self._pace.shortest,
            stretched,
            why,
            rank=rank,
            acts=dict(self._acts),
            travels=sight is not None and sight.travels,
            tension=self._tension(),
            activity=sight.activity if sight else 0.1,
            things=sight.things if sight else (),
            card=self._card,
            text=sight.text if sight else "",
        )
        if purpose is Purpose.ESTABLISHING:
            draft.shortest = min(self._pace.legal(_SHORTEST_PLACE_S), draft.frames)
        if self._card:
            draft.shortest = min(self._pace.legal(_CARD_S - 0.5), draft.frames)
        self._card = ""
        self._obey(draft, hint)
        self._add(draft)

    def _obey(self, draft: Draft, hint: str = "") -> None:
        """Apply the writer's waiting note to a draft; `hint` is where an insert without a thing looks for one.

        Raises:
            PlanError: The note asks for more frames than a clip may have.
        """
        note, self._ask = self._ask, None
        if note is None:
            return
        draft.rank = ESSENTIAL
        draft.wishes = note.words
        draft.engines = note.engines
        draft.asked_move = Move(note.move) if note.move else None
        if note.framing:
            draft.framing = Framing(note.framing)
            draft.is_asked = True
            draft.why = f"{draft.why.partition(',')[0]}, framed as the writer asked"
            draft.purpose = Purpose.ACTION if draft.purpose is Purpose.INSERT else draft.purpose
        if draft.framing in _PEOPLED and not draft.focus:
            draft.focus = self._visible(self._witness.present(hint)) or self._last_focus
        if draft.framing in (Framing.TWO_SHOT, Framing.OVER_SHOULDER) and draft.focus:
            self._pair(draft)
        if draft.framing is Framing.INSERT:
            draft.purpose = Purpose.INSERT if draft.is_silent else draft.purpose
            sights = self._witness.sights(hint) if hint and not draft.things else []
            draft.things = draft.things or tuple(thing for sight in sights for thing in sight.things)[:2]
            draft.things = draft.things or (("hand",) if draft.focus else ())
        if note.frames > self._pace.longest:
            raise PlanError(
                f"{self._scene.id}: line {note.line} of the script asks for a shot of {note.frames} frames; "
                f"expected at most {self._pace.longest}: ask for less, or raise delivery.max_clip_frames"
            )
        if note.frames:
            wanted = max(note.frames, draft.shortest if draft.cues else 2 * self._pace.transition)
            draft.frames = draft.longest = wanted if draft.cues else clip_length(wanted, self._pace.longest)
            draft.shortest = draft.shortest if draft.cues else draft.frames

    def _pair(self, draft: Draft) -> None:
        """Complete a framing that needs two with whoever is spoken to."""
        partner = draft.listener or self._partner(draft.focus[0])
        if not partner:
            draft.framing = Framing.MEDIUM
            draft.why += ", but nobody else is there"
        elif draft.framing is Framing.TWO_SHOT:
            draft.focus = (draft.focus[0], partner)
        elif self.blocking.are_opposite(draft.focus[0], partner):
            draft.listener = partner
        else:
            draft.framing = Framing.MEDIUM

    # Speech

    def _speak(self, group: Sequence[Speech], after: object) -> None:
        first = group[0]
        if not self.drafts and (self._card or (self._is_new_place and self._ask is None)):
            self._place_shot()
        feelings = {speech.id: spoken_feeling(speech, self._scene.mood) for speech in group}
        feeling = feelings[first.id]
        speaker = first.character if self._is_shown(first) else ""
        listener = self._partner(first.character)
        self._react(group, feelings)
        draft = self._dialogue(first, speaker, listener, feeling)
        if len(group) > 1:
            shown = [speech.character for speech in group if self._is_shown(speech)]
            draft.focus = tuple(dict.fromkeys(shown))[:2] or draft.focus
            draft.framing = Framing.TWO_SHOT if len(draft.focus) > 1 else draft.framing
        self._time(draft, group)
        self._obey(draft)
        for part in self._split(draft):
            self._add(part)
        self._after_line(first, feeling, after)

    def _is_shown(self, speech: Speech) -> bool:
        """Whether the picture may show the speaker: there, and not speaking out of a device or another room."""
        if speech.character not in self.present:
            return False
        return not speech.is_off_screen or "VO" in speech.extension.upper().replace(".", "").replace(" ", "")

    def _react(self, group: Sequence[Speech], feelings: Mapping[str, Feeling]) -> None:
        """Put on the faces of those who speak and of those who listen."""
        speakers = {speech.character for speech in group}
        for name in self.present:
            if name not in speakers:
                emotion = listening_emotion(feelings[group[0].id], self._scene.mood)
                self._acts[name] = Act(emotion, self._lasting(name))
        for speech in group:
            if speech.character in self._acts:
                feeling = feelings[speech.id]
                pose = self._lasting(speech.character)
                if pose is Pose.STAND:
                    pose = _standing_pose(feeling, self._talk.lines)
                self._acts[speech.character] = Act(feeling.emotion, pose)

    def _dialogue(self, speech: Speech, speaker: str, listener: str, feeling: Feeling) -> Draft:
        tension = self._tension(feeling)
        framing, focus, why = self._angle(speech, speaker, listener, tension)
        self._talk.lines += 1
        self._talk.since_together = 0 if framing in (Framing.TWO_SHOT, Framing.WIDE) else self._talk.since_together + 1
        self._talk.speaker = speaker
        return Draft(
            Purpose.DIALOGUE if focus[:1] == (speaker,) else Purpose.REACTION,
            framing,
            focus,
            self._pace.shortest,
            self._pace.shortest,
            self._pace.longest,
            why,
            listener=listener if framing is Framing.OVER_SHOULDER else "",
            acts=dict(self._acts),
            tension=tension,
            travels=self._rides and framing is not Framing.OVER_SHOULDER,
            activity=speaking_activity(feeling, self._scene.mood),
        )

    def _angle(
        self, speech: Speech, speaker: str, listener: str, tension: float
    ) -> tuple[Framing, tuple[str, ...], str]:
        name = self._cast[speech.character].name
        if not speaker:
            if listener:
                framing = self._single(tension)
                return framing, (listener,), f"{self._cast[listener].name} hears {name}, who is not in the picture"
            return Framing.WIDE, (), f"{name} is heard over the place"
        if not listener:
            return self._single(tension), (speaker,), f"{name} speaks alone"
        if self._talk.since_together >= _RE_ESTABLISH_EVERY and not self._just_together(speaker, listener):
            return (
                Framing.TWO_SHOT,
                (speaker, listener),
                f"{name} speaks, with {self._cast[listener].name} in the frame",
            )
        if tension >= _CLOSE_FROM and not self._close_ups_run():
            return Framing.CLOSE_UP, (speaker,), f"{name} speaks, close, for the tension is high"
        if tension >= _OVER_FROM and not self._rides and self.blocking.are_opposite(speaker, listener):
            return Framing.OVER_SHOULDER, (speaker,), f"{name} speaks, seen past {self._cast[listener].name}"
        return Framing.MEDIUM, (speaker,), f"{name} speaks"

    def _single(self, tension: float) -> Framing:
        """Return how to frame somebody alone: closer when it is tense, and every second time for variety."""
        return Framing.CLOSE_UP if tension >= _CLOSE_FROM or self._talk.lines % 2 else Framing.MEDIUM

    def _close_ups_run(self) -> bool:
        last = self.drafts[-_CLOSE_IN_A_ROW:]
        return len(last) == _CLOSE_IN_A_ROW and all(draft.framing is Framing.CLOSE_UP for draft in last)

    def _just_together(self, one: str, other: str) -> bool:
        return bool(self.drafts) and {one, other} <= set(self.drafts[-1].focus)

    def _time(self, draft: Draft, group: Sequence[Speech]) -> None:
        """Place the lines in the draft and make it long enough, however long that is."""
        lead = max(1, round(_LEAD_S * self._pace.fps))
        if not self.drafts:
            lead += self._pace.transition
        cues = []
        for speech in group:
            seconds = self._window_s(speech)
            window = math.ceil(seconds * self._pace.fps)
            # From the window, not from the words: a line changed within its window moves no mouth.
            spoken = min(window, max(1, round((seconds - 0.2) / 1.05 * self._pace.fps)))
            cues.append(Cue(speech, lead, window, spoken))
        draft.cues = tuple(cues)
        needed = lead + max(cue.window_frames for cue in cues) + max(1, round(_TAIL_S * self._pace.fps))
        draft.frames = draft.shortest = needed

    def _window_s(self, speech: Speech) -> float:
        voice = self._cast[speech.character].voice
        seconds = window_seconds(speech.text, voice.rate_wpm, voice.language)
        stems = {stem for word in speech.parenthetical.replace(";", " ").split() for stem in word_stems(word)}
        slower = (_SLOW if _SLOW_WORDS & stems else 1.0) * (_SUNG if speech.lyric else 1.0)
        slower *= _EMOTION_PACE.get(spoken_feeling(speech, self._scene.mood).emotion, 1.0)
        return seconds if slower == 1.0 else math.ceil(seconds * slower * 4) / 4

    def _split(self, draft: Draft) -> list[Draft]:
        """Return the draft as one shot, or as several where its line outlasts the longest clip."""
        pace, needed = self._pace, draft.shortest
        if needed <= pace.longest:
            draft.shortest = pace.legal_frames(needed)
            draft.frames = max(pace.legal_frames(draft.frames), draft.shortest)
            room = pace.legal_frames(draft.frames + pace.fps)
            draft.longest = room if draft.longest >= room else max(draft.longest, draft.frames)
            return [draft]
        parts: list[Draft] = []
        for number, frames in enumerate(_part_lengths(draft, pace)):
            part = replace(draft, frames=frames, shortest=frames, longest=frames, runs_on=True)
            if number:
                self._other_angle(part, number)
            parts.append(part)
        parts[-1].runs_on = False
        parts[-1].longest = pace.legal_frames(parts[-1].frames + pace.fps)
        return parts

    def _other_angle(self, part: Draft, number: int) -> None:
        """Show a later part of a long line from elsewhere: the listener, then the speaker closer, then both."""
        part.cues, part.wishes, part.asked_move, part.is_asked = (), (), None, False
        speaker = part.focus[0] if part.focus else ""
        listener = self._partner(speaker) if speaker else ""
        angles: list[tuple[Framing, tuple[str, ...]]] = [
            (Framing.CLOSE_UP, (speaker,)),
            (Framing.MEDIUM, (speaker,)),
            (Framing.WIDE, (speaker,)),
        ]
        if listener:
            angles = [
                (Framing.CLOSE_UP, (listener,)),
                (Framing.CLOSE_UP, (speaker,)),
                (Framing.TWO_SHOT, (speaker, listener)),
                (Framing.MEDIUM, (speaker,)),
            ]
        if speaker:
            part.framing, part.focus = angles[(number - 1) % len(angles)]
            part.listener = ""
        listens = bool(listener) and part.focus[0] == listener
        part.purpose = Purpose.REACTION if listens or not speaker else Purpose.DIALOGUE
        part.why = "The line goes on over whoever listens" if listens else "The line goes on from another angle"

    def _after_line(self, speech: Speech, feeling: Feeling, after: object) -> None:
        """Draft what a strong line does to its listener; a spare where the answer follows at once."""
        listener = self._partner(speech.character)
        if not listener or feeling.strength < _STRONG:
            return
        answered = isinstance(after, Speech) and after.character == listener
        self._silent_reaction(listener, SPARE if answered else REACTION, self._cast[speech.character].name)

    def _silent_reaction(self, name: str, rank: int, cause: str) -> None:
        waiting, self._ask = self._ask, None
        why = f"{self._cast[name].name} reacts to {cause}"
        self._silent(Purpose.REACTION, Framing.CLOSE_UP, (name,), 1.5, why, rank=rank)
        self._ask = waiting

    # The end

    def _close(self) -> None:
        last = self.drafts[-1]
        if last.is_silent and len(self.drafts) > 1:
            last.purpose = Purpose.CLOSING
            last.why += "; the scene ends on it"
            return
        if last.is_silent:
            return
        hold = max(1, round((_LAST_TAIL_S - _TAIL_S) * self._pace.fps))
        if last.frames + hold <= self._pace.longest and not last.asked_move:
            last.shortest = self._pace.legal_frames(last.shortest + hold)
            last.frames = max(last.frames, last.shortest)
            last.longest = max(last.longest, last.frames)
        wide = last.tension < _CLOSE_FROM and last.framing is not Framing.WIDE
        focus = tuple(self.present) if wide else self._listeners_of(last)
        framing = Framing.WIDE if wide or not focus else Framing.CLOSE_UP
        self._silent(Purpose.CLOSING, framing, focus, 2.2, "The scene ends on it", rank=DETAIL)

    def _listeners_of(self, draft: Draft) -> tuple[str, ...]:
        others = [name for name in self.present if name not in draft.focus]
        return tuple(others[:1]) or draft.focus[:1]

    def cutaway(self, number: int) -> Draft:
        """Return a shot for when the scene wants to last longer than its beats: a thing, the place, a face, in turn."""
        things = list(dict.fromkeys(thing for draft in self.drafts for thing in draft.things))
        choices: list[tuple[Framing, tuple[str, ...], tuple[str, ...], str]] = [
            (Framing.WIDE, (), (), f"A look around {self._scene.place} gives the scene time")
        ]
        choices += [(Framing.INSERT, (), (thing,), f"The {thing} gives the scene time") for thing in things]
        choices += [(Framing.CLOSE_UP, (name,), (), f"{self._cast[name].name} in thought") for name in self.present]
        framing, focus, shown, why = choices[number % len(choices)]
        return Draft(
            Purpose.INSERT if framing is Framing.INSERT else Purpose.REACTION if focus else Purpose.ACTION,
            framing,
            focus,
            self._pace.legal(2.5),
            self._pace.shortest,
            self._pace.legal(4.5),
            why,
            rank=SPARE,
            acts={name: Act(mood_emotion(self._scene.mood), Pose.STAND) for name in focus},
            tension=self._tension(),
            things=shown,
        )

    # Who and how tense

    def _visible(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in names if name in self.present)

    def _partner(self, speaker: str) -> str:
        """Return whom somebody talks to: whoever spoke last before, or speaks next, of those who are there."""
        others = [name for name in self.present if name != speaker]
        if self._talk.speaker in others:
            return self._talk.speaker
        recent = [name for name in self._last_focus if name in others]
        return (recent or others or [""])[0]

    def _tension(self, feeling: Feeling | None = None) -> float:
        level = _MOOD_TENSION.get(self._scene.mood, 0.2) + 0.28 * self._progress
        level += 0.3 * feeling.strength if feeling else 0.0
        return round(min(level, 1.0), 2)

    def _add(self, draft: Draft) -> None:
        self.drafts.append(draft)
        if draft.focus:
            self._last_focus = draft.focus


def _present(scene: Scene, witness: Witness) -> list[str]:
    """Return who can be seen in a scene: who speaks there, or is named in its action; in order of the cast."""
    seen = {speech.character for speech in scene.speeches if not speech.is_off_screen}
    for beat in scene.beats:
        if isinstance(beat, Action):
            seen.update(witness.present(beat.text))
    speakers = list(dict.fromkeys(speech.character for speech in scene.speeches if speech.character in seen))
    return [*speakers, *(name for name in scene.cast if name in seen and name not in speakers)]


def _standing_pose(feeling: Feeling, number: int) -> Pose:
    pose = {
        "angry": Pose.POINT,
        "smug": Pose.ARMS_CROSSED,
        "happy": Pose.HAND_ON_HIP,
    }.get(feeling.emotion.value, Pose.STAND)
    return pose if feeling.strength >= 0.5 or number % 3 == 2 else Pose.STAND


def _subject_of(sight: Sight, focus: Sequence[str], cast: Mapping[str, Character]) -> str:
    if sight.framing is Framing.INSERT and sight.things:
        owner = f"{cast[focus[0]].name}'s " if focus else "the "
        return owner + sight.things[0]
    if focus:
        names = " and ".join(cast[name].name for name in focus)
        return f"{names} on the move" if sight.travels else f"what {names} {'do' if len(focus) > 1 else 'does'}"
    return "the place" if not sight.things else f"the {sight.things[0]}"


def _part_lengths(draft: Draft, pace: Pace) -> list[int]:
    """Return the lengths of the shots over which a line runs, cut where phrases end, else between words."""
    cue = max(draft.cues, key=lambda one: one.window_frames)
    ends = [
        (cue.start_frame + round(pause.share * cue.speech_frames), pause.ends_phrase)
        for pause in pauses(cue.speech.text)
    ]
    comfortable = pace.legal_frames(4 * pace.fps)
    lengths: list[int] = []
    done = 0
    while draft.shortest - done > pace.longest:
        latest = min(done + pace.longest, draft.shortest - pace.shortest)
        inside = [(at, phrase) for at, phrase in ends if done + pace.shortest <= at <= latest]
        phrases = [at for at, phrase in inside if phrase and at <= done + comfortable] or [
            at for at, phrase in inside if phrase
        ]
        wanted = phrases[-1] if phrases else done + comfortable
        frames = pace.legal_frames(min(wanted, latest) - done)
        lengths.append(frames)
        done += frames
    lengths.append(pace.legal_frames(draft.shortest - done))
    return lengths
