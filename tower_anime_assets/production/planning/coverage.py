"""Coverage: a scene's beats as drafts of shots, in order, before their lengths are fitted and the camera moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.planning.acting import Feeling, line_feeling, speaking_activity
from tower_anime_assets.production.planning.action_beats import ActionBeat, ActionReader
from tower_anime_assets.production.planning.blocking import Blocking
from tower_anime_assets.production.planning.character_words import is_minor
from tower_anime_assets.production.planning.dialogue import (
    CLOSE_UP_TENSION,
    TAIL_S,
    Conversation,
    change_angle,
    place_lines,
    split_long_line,
)
from tower_anime_assets.production.planning.drafts import Draft, Pace, Priority
from tower_anime_assets.production.planning.lexicon import word_table
from tower_anime_assets.production.planning.performances import Performances
from tower_anime_assets.production.planning.scene_things import things_of_insert
from tower_anime_assets.production.planning.shots import Framing, Move, Purpose
from tower_anime_assets.production.planning.timing import legal_clip_length
from tower_anime_assets.production.story.model import Action, Card, Character, Scene, ShotNote, Speech

_PEOPLE_FRAMINGS = frozenset({Framing.MEDIUM, Framing.CLOSE_UP, Framing.OVER_SHOULDER, Framing.TWO_SHOT})
_MOOD_TENSION = word_table(
    (0.5, "action chase"), (0.45, "tense ominous dark"), (0.35, "triumphant"), (0.3, "mysterious sad"),
    (0.25, "romantic"), (0.1, "calm comic"),
)  # fmt: skip
_MOOD_PACE = word_table((0.8, "chase"), (0.85, "action"), (0.9, "comic"), (1.1, "romantic"), (1.15, "calm sad"))
_CARD_S = 2.7
_MIN_PLACE_SHOT_S = 2.0
_LAST_TAIL_S = 0.5
_STRONG_FEELING = 0.7


class Coverage:
    """Turns one scene's beats into drafts; use once."""

    def __init__(self, scene: Scene, cast: Mapping[str, Character], pace: Pace, *, is_new_place: bool) -> None:
        self._scene = scene
        self._cast = cast
        self._pace = pace
        self._is_new_place = is_new_place
        members = [cast[name] for name in scene.cast]
        self._action_reader = ActionReader(scene, members)
        self.present_ids = _visible_ids(scene, self._action_reader)
        requested_moves = [Move(beat.move) for beat in scene.beats if isinstance(beat, ShotNote) and beat.move]
        self.blocking = Blocking(
            self.present_ids, requested_moves, [character.id for character in members if is_minor(character)]
        )
        self.drafts: list[Draft] = []
        self._pending_note: ShotNote | None = None
        self._beat_line = 0  # of the beat whose first shot a note can steer
        self._pending_card = ""
        self._pending_transition = ""  # how the next shot begins
        self._conversation = Conversation(cast, self.blocking)
        self._performances = Performances(scene, members, self.present_ids)
        self._progress = 0.0
        self._last_focus: tuple[str, ...] = tuple(self.present_ids[:1])

    def cover(self) -> list[Draft]:
        """Return the scene's drafts; their priority says which of them the story could do without.

        Raises:
            PlanError: A note asks for more frames than a clip may have.
        """
        beats = self._scene.beats
        index = 0
        while index < len(beats):
            self._progress = index / max(len(beats) - 1, 1)
            beat = beats[index]
            index += 1
            self._beat_line = beat.line if isinstance(beat, Action | Speech) else 0
            if isinstance(beat, ShotNote):
                self._hold_note(beat)
            elif isinstance(beat, Card):
                self._hold_card(beat)
            elif isinstance(beat, Action):
                self._draft_action(beat)
            else:
                speeches = [beat]
                while index < len(beats) and isinstance(next_speech := beats[index], Speech) and next_speech.dual:
                    speeches.append(next_speech)
                    index += 1
                self._draft_speeches(speeches, beats[index] if index < len(beats) else None)
        self._beat_line = 0
        if self._pending_note is not None:
            self._draft_noted_shot(self._pending_note)
        if self._pending_card or not self.drafts:
            self._draft_place_shot()
        self._close_scene()
        return self.drafts

    # Notes and cards

    def _hold_note(self, note: ShotNote) -> None:
        if self._pending_note is not None:
            self._draft_noted_shot(self._pending_note)
        self._pending_transition = note.transition or self._pending_transition
        asks_for_more = note.framing or note.move or note.frames or note.words or note.engines or note.loops
        self._pending_note = note if asks_for_more else None

    def _hold_card(self, card: Card) -> None:
        if self._pending_card:
            self._draft_place_shot()
        self._pending_card = card.text
        if self.drafts:
            self._draft_place_shot()

    def _draft_noted_shot(self, note: ShotNote) -> None:
        """Draft a shot that a note asks for, but that no beat fills."""
        self._pending_note = note
        framing = Framing(note.framing) if note.framing else Framing.MEDIUM if self.present_ids else Framing.WIDE
        self._draft_silent_shot(Purpose.ACTION, framing, self._last_focus, 2.5, "The writer asked for this shot")

    def _apply_note(self, draft: Draft, paragraph: str = "") -> None:
        """Apply the writer's pending note to a draft.

        Args:
            draft: The shot; changed in place.
            paragraph: The action around it, in which people and things are looked for that the framing needs.

        Raises:
            PlanError: The note asks for more frames than a clip may have.
        """
        note, self._pending_note = self._pending_note, None
        draft.line, self._beat_line = self._beat_line, 0
        if note is None:
            return
        draft.note_line = note.line
        draft.priority = Priority.ESSENTIAL
        draft.wishes = note.words
        draft.engines = note.engines
        draft.requested_move = Move(note.move) if note.move else Move.STATIC if note.loops else None
        draft.loops = note.loops and draft.is_silent
        if note.framing:
            draft.framing = Framing(note.framing)
            draft.is_framing_requested = True
            draft.reasoning = f"{draft.reasoning.partition(',')[0]}, framed as the writer asked"
            draft.purpose = Purpose.ACTION if draft.purpose is Purpose.INSERT else draft.purpose
        if draft.framing in _PEOPLE_FRAMINGS and not draft.focus:
            draft.focus = self._visible(self._action_reader.named_characters(paragraph)) or self._last_focus
        if draft.framing in (Framing.TWO_SHOT, Framing.OVER_SHOULDER) and draft.focus:
            self._complete_pair(draft)
        if draft.framing is Framing.INSERT:
            draft.purpose = Purpose.INSERT if draft.is_silent else draft.purpose
            if paragraph and not draft.objects:
                beats = self._action_reader.read_paragraph(paragraph)
                draft.objects = tuple(thing for beat in beats for thing in beat.objects)[:2]
            draft.objects = draft.objects or things_of_insert(note.words, paragraph, has_hands=bool(draft.focus))
        if note.frames:
            self._apply_requested_length(draft, note)

    def _apply_requested_length(self, draft: Draft, note: ShotNote) -> None:
        max_frames = self._pace.max_frames
        if note.frames > max_frames:
            raise PlanError(
                f"{self._scene.id}: line {note.line} of the script asks for a shot of {note.frames} frames; "
                f"expected at most {max_frames}: ask for less, or raise delivery.max_clip_frames"
            )
        if draft.cues:
            draft.frames = draft.max_frames = max(note.frames, draft.min_frames)
        else:
            requested_frames = legal_clip_length(max(note.frames, 2 * self._pace.transition_frames), max_frames)
            draft.frames = draft.min_frames = draft.max_frames = requested_frames

    def _complete_pair(self, draft: Draft) -> None:
        """Add the person spoken to, where a framing needs two people; alone, somebody gets a medium shot."""
        partner = draft.listener or self._partner(draft.focus[0])
        if not partner:
            draft.framing = Framing.MEDIUM
            draft.reasoning += ", but nobody else is there"
        elif draft.framing is Framing.TWO_SHOT:
            draft.focus = (draft.focus[0], partner)
        elif self.blocking.are_opposite(draft.focus[0], partner):
            draft.listener = partner
        else:
            draft.framing = Framing.MEDIUM

    # Action

    def _draft_action(self, action: Action) -> None:
        beats = self._action_reader.read_paragraph(action.text)
        if not self.drafts:
            beats = self._open_scene(beats)
        # What people do carries the story; without people the first beat does.
        essential_index = next((number for number, beat in enumerate(beats) if beat.focus), 0)
        for number, beat in enumerate(beats):
            self._draft_action_beat(
                beat, Priority.ESSENTIAL if number == essential_index else Priority.DETAIL, action.text
            )

    def _open_scene(self, beats: list[ActionBeat]) -> list[ActionBeat]:
        """Open the scene with a beat that shows the place, else with a shot of it; return the beats that are left."""
        requested = self._pending_note.framing if self._pending_note is not None else ""
        if requested not in ("", Framing.WIDE) or not (self._is_new_place or self._pending_card):
            return beats
        first = beats[0]
        is_about_place = first.framing is Framing.WIDE or not (first.focus or first.owners or first.is_about_thing)
        if requested == Framing.WIDE or is_about_place:
            self._draft_establishing_shot(first)
            return beats[1:]
        self._draft_place_shot()
        return beats

    def _draft_establishing_shot(self, beat: ActionBeat) -> None:
        seconds = self._action_beat_s(beat) + 0.6
        self._performances.follow_action(beat)
        self._draft_silent_shot(
            Purpose.ESTABLISHING,
            Framing.WIDE,
            self._visible(beat.focus),
            max(seconds, _CARD_S) if self._pending_card else seconds,
            f"Establishes {self._scene.place}",
            beat=beat,
        )

    def _draft_place_shot(self) -> None:
        """Draft a wide shot of the place, which opens the scene or carries a card."""
        opens_scene = not self.drafts
        first = next((beat for beat in self._scene.beats if isinstance(beat, Action | Speech)), None)
        focus = tuple(self.present_ids) if isinstance(first, Speech) and not self._pending_card else ()
        reasoning = f"{'Establishes' if opens_scene else 'Carries the card over'} {self._scene.place}"
        purpose = Purpose.ESTABLISHING if opens_scene else Purpose.ACTION
        self._draft_silent_shot(purpose, Framing.WIDE, focus, _CARD_S, reasoning, takes_note=False)

    def _draft_action_beat(self, beat: ActionBeat, priority: Priority, paragraph: str) -> None:
        self._performances.follow_action(beat)
        is_insert = beat.framing is Framing.INSERT
        focus = self._visible(beat.owners[:1] if is_insert else beat.focus)
        self._draft_silent_shot(
            Purpose.INSERT if is_insert else Purpose.ACTION,
            beat.framing,
            focus,
            self._action_beat_s(beat),
            f"Shows {_describe_subject(beat, focus, self._cast)}",
            beat=beat,
            priority=priority,
            paragraph=paragraph,
        )

    def _action_beat_s(self, beat: ActionBeat) -> float:
        pace = _MOOD_PACE.get(self._scene.mood, 1.0) * (1.0 - 0.2 * beat.activity)
        return min(max((1.2 + 0.17 * beat.word_count) * pace, 1.4), 4.5)

    def _draft_silent_shot(
        self,
        purpose: Purpose,
        framing: Framing,
        focus: tuple[str, ...],
        seconds: float,
        reasoning: str,
        *,
        beat: ActionBeat | None = None,
        priority: Priority = Priority.ESSENTIAL,
        paragraph: str = "",
        takes_note: bool = True,
    ) -> None:
        """Draft a shot without lines; it takes the pending card and, unless told otherwise, the pending note."""
        frames = self._pace.frames_for(seconds)
        draft = Draft(
            purpose,
            framing,
            focus,
            frames,
            self._pace.min_frames,
            self._pace.legal_frames(round(frames * 1.7)),
            reasoning,
            priority=priority,
            performances=self._performances.current(),
            tension=self._tension(),
            card=self._pending_card,
        )
        if beat is not None:
            draft.travels, draft.activity, draft.objects, draft.text = (
                beat.travels,
                beat.activity,
                beat.objects,
                beat.text,
            )
        if purpose is Purpose.ESTABLISHING:
            draft.min_frames = min(self._pace.frames_for(_MIN_PLACE_SHOT_S), draft.frames)
        if self._pending_card:
            draft.min_frames = min(self._pace.frames_for(_CARD_S - 0.5), draft.frames)
        self._pending_card = ""
        if takes_note:
            self._apply_note(draft, paragraph)
        self._add_draft(draft)

    # Speech

    def _draft_speeches(self, speeches: Sequence[Speech], next_beat: object) -> None:
        first = speeches[0]
        if not self.drafts and (self._pending_card or (self._is_new_place and self._pending_note is None)):
            self._draft_place_shot()
        feelings = {
            speech.id: line_feeling(speech, self._scene.mood, self._performances.emotion_before_line(speech.character))
            for speech in speeches
        }
        feeling = feelings[first.id]
        speaker = first.character if self._is_speaker_visible(first) else ""
        listener = self._partner(first.character)
        self._performances.follow_speeches(speeches, feelings, self._conversation.line_count)
        draft = self._draft_line(first, speaker, listener, feeling)
        if len(speeches) > 1:
            visible_speakers = [speech.character for speech in speeches if self._is_speaker_visible(speech)]
            draft.focus = tuple(dict.fromkeys(visible_speakers))[:2] or draft.focus
            draft.framing = Framing.TWO_SHOT if len(draft.focus) > 1 else draft.framing
        fades_in = not self.drafts or bool(self._pending_transition)
        place_lines(draft, speeches, self._cast, self._scene.mood, self._pace, opens_scene=fades_in)
        self._apply_note(draft)
        over_listener = self._partner(draft.focus[0]) if draft.focus else ""
        for number, part in enumerate(split_long_line(draft, self._pace)):
            if number:
                change_angle(part, number, over_listener)
            self._add_draft(part)
        self._draft_line_reaction(first, feeling, next_beat)

    def _is_speaker_visible(self, speech: Speech) -> bool:
        """Return whether the speaker may be shown: present, and not heard from a device or another room."""
        if speech.character not in self.present_ids:
            return False
        return not speech.is_off_screen or "VO" in speech.extension.upper().replace(".", "").replace(" ", "")

    def _draft_line(self, speech: Speech, speaker: str, listener: str, feeling: Feeling) -> Draft:
        tension = self._tension(feeling)
        is_riding = self._performances.is_riding
        angle = self._conversation.choose_angle(speech, speaker, listener, tension, self.drafts, is_riding=is_riding)
        self._conversation.count(speaker, angle.framing)
        return Draft(
            Purpose.DIALOGUE if angle.focus[:1] == (speaker,) else Purpose.REACTION,
            angle.framing,
            angle.focus,
            self._pace.min_frames,
            self._pace.min_frames,
            self._pace.max_frames,
            angle.reasoning,
            listener=listener if angle.framing is Framing.OVER_SHOULDER else "",
            performances=self._performances.current(),
            tension=tension,
            travels=is_riding and angle.framing is not Framing.OVER_SHOULDER,
            activity=speaking_activity(feeling, self._scene.mood),
        )

    def _draft_line_reaction(self, speech: Speech, feeling: Feeling, next_beat: object) -> None:
        """Draft what a strong line does to its listener; only if there is time where the listener answers at once."""
        listener = self._partner(speech.character)
        if not listener or feeling.strength < _STRONG_FEELING:
            return
        is_answered_next = isinstance(next_beat, Speech) and next_beat.character == listener
        priority = Priority.SPARE if is_answered_next else Priority.REACTION
        reasoning = f"{self._cast[listener].name} reacts to {self._cast[speech.character].name}"
        self._draft_silent_shot(
            Purpose.REACTION, Framing.CLOSE_UP, (listener,), 1.5, reasoning, priority=priority, takes_note=False
        )

    # The end

    def _close_scene(self) -> None:
        last = self.drafts[-1]
        if last.is_silent:
            if len(self.drafts) > 1:
                last.purpose = Purpose.CLOSING
                last.reasoning += "; the scene ends on it"
            return
        hold_frames = max(1, round((_LAST_TAIL_S - TAIL_S) * self._pace.fps))
        if last.frames + hold_frames <= self._pace.max_frames and not last.requested_move:
            last.min_frames = self._pace.legal_frames(last.min_frames + hold_frames)
            last.frames = max(last.frames, last.min_frames)
            last.max_frames = max(last.max_frames, last.frames)
        if last.tension < CLOSE_UP_TENSION and last.framing is not Framing.WIDE:
            framing, focus = Framing.WIDE, tuple(self.present_ids)
        else:
            others = [name for name in self.present_ids if name not in last.focus]
            focus = tuple(others[:1]) or last.focus[:1]
            framing = Framing.CLOSE_UP if focus else Framing.WIDE
        self._draft_silent_shot(Purpose.CLOSING, framing, focus, 2.2, "The scene ends on it", priority=Priority.DETAIL)

    def make_cutaway(self, number: int) -> Draft:
        """Return the n-th shot that fills time when the beats are too short: the place, things and faces in turn."""
        scene_objects = list(dict.fromkeys(thing for draft in self.drafts for thing in draft.objects))
        choices: list[tuple[Framing, tuple[str, ...], tuple[str, ...], str]] = [
            (Framing.WIDE, (), (), f"A look around {self._scene.place} gives the scene time")
        ]
        choices += [(Framing.INSERT, (), (thing,), f"The {thing} gives the scene time") for thing in scene_objects]
        choices += [(Framing.CLOSE_UP, (name,), (), f"{self._cast[name].name} in thought") for name in self.present_ids]
        framing, focus, objects, reasoning = choices[number % len(choices)]
        return Draft(
            Purpose.INSERT if framing is Framing.INSERT else Purpose.REACTION if focus else Purpose.ACTION,
            framing,
            focus,
            self._pace.frames_for(2.5),
            self._pace.min_frames,
            self._pace.frames_for(4.5),
            reasoning,
            priority=Priority.SPARE,
            performances={name: self._performances.idle(name) for name in focus},
            tension=self._tension(),
            objects=objects,
        )

    # People and tension

    def _visible(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in names if name in self.present_ids)

    def _partner(self, speaker: str) -> str:
        """Return who is spoken to: the last speaker, else the last one seen, of those present; "" for nobody."""
        others = [name for name in self.present_ids if name != speaker]
        if self._conversation.last_speaker in others:
            return self._conversation.last_speaker
        recent_partners = [name for name in self._last_focus if name in others]
        return (recent_partners or others or [""])[0]

    def _tension(self, feeling: Feeling | None = None) -> float:
        level = _MOOD_TENSION.get(self._scene.mood, 0.2) + 0.28 * self._progress
        level += 0.3 * feeling.strength if feeling else 0.0
        return round(min(level, 1.0), 2)

    def _add_draft(self, draft: Draft) -> None:
        if self._pending_transition:
            draft.transition, self._pending_transition = self._pending_transition, ""
            draft.priority = Priority.ESSENTIAL
        self.drafts.append(draft)
        if draft.focus:
            self._last_focus = draft.focus


def _visible_ids(scene: Scene, reader: ActionReader) -> list[str]:
    """Return who can be seen in a scene: speakers in order, then others of the cast who are named in its action."""
    seen_ids = {speech.character for speech in scene.speeches if not speech.is_off_screen}
    for beat in scene.beats:
        if isinstance(beat, Action):
            seen_ids.update(reader.named_characters(beat.text))
    speakers = list(dict.fromkeys(speech.character for speech in scene.speeches if speech.character in seen_ids))
    return [*speakers, *(name for name in scene.cast if name in seen_ids and name not in speakers)]


def _describe_subject(beat: ActionBeat, focus: Sequence[str], cast: Mapping[str, Character]) -> str:
    if beat.framing is Framing.INSERT and beat.objects:
        owner = f"{cast[focus[0]].name}'s" if focus else "the"
        return f"{owner} {beat.objects[0]}"
    if focus:
        names = " and ".join(cast[name].name for name in focus)
        return f"{names} on the move" if beat.travels else f"what {names} {'do' if len(focus) > 1 else 'does'}"
    return f"the {beat.objects[0] if beat.objects else 'place'}"
