"""Performances: what the faces and bodies of everybody in a scene do, from beat to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tower_anime_assets.production.planning.acting import (
    ADULT_YEARS,
    Feeling,
    action_feeling,
    emotion_for_mood,
    explicit_emotion,
    listener_emotion,
    pose_in,
    suited_to_age,
)
from tower_anime_assets.production.planning.action_beats import ActionBeat, ActionReader
from tower_anime_assets.production.planning.action_verbs import is_seated_in
from tower_anime_assets.production.planning.drafts import Performance
from tower_anime_assets.production.planning.lexicon import stems_of, word_set
from tower_anime_assets.production.planning.shots import Emotion, Pose
from tower_anime_assets.production.story.model import Action, Character, Scene, Speech

_LASTING_POSES = frozenset({Pose.SIT, Pose.CROUCH, Pose.TYPE, Pose.SLEEP, Pose.DRIVE, Pose.WRITE, Pose.HOLD, Pose.PRAY})
_FIRST_POSES = _LASTING_POSES - {Pose.HOLD, Pose.WRITE}
"""Poses in which a scene may find somebody before its first words about them."""
_SEATABLE_POSES = frozenset(
    {Pose.HOLD, Pose.GIVE, Pose.OPEN, Pose.EAT, Pose.DRINK, Pose.WRITE, Pose.REACH, Pose.POINT, Pose.TYPE}
)
"""What can be done sitting; who sits stays so while doing it."""
_POSE_OF_EMOTION = {Emotion.ANGRY: Pose.POINT, Emotion.SMUG: Pose.ARMS_CROSSED, Emotion.HAPPY: Pose.HAND_ON_HIP}
_HALT_WORDS = word_set("stop halt park brake dismount")
_LETTING_GO_WORDS = word_set("drop drops put puts lay lays place places pocket pockets hide hides lose loses set sets")
_KISS_WORDS = word_set("kiss")


class Performances:
    """The current performance of everybody present in a scene.

    Attributes:
        is_riding: Whether a vehicle carries them through the place.
    """

    def __init__(self, scene: Scene, cast: Sequence[Character], present_ids: Sequence[str]) -> None:
        self._scene = scene
        self.is_riding = False
        self._age_by_id = {character.id: character.appearance.age_years for character in cast}
        self._handed_over: dict[str, tuple[str, str]] = {}
        self._emotion_of_action: dict[str, Emotion] = {}
        first_poses = _first_poses(scene, cast)
        self._by_id = {
            name: Performance(
                self._suited(name, emotion_for_mood(scene.mood)),
                pose := first_poses.get(name, Pose.STAND),
                is_seated=pose is Pose.SIT,
            )
            for name in present_ids
        }

    def current(self) -> dict[str, Performance]:
        """Return the performances by character id."""
        return dict(self._by_id)

    def idle(self, name: str) -> Performance:
        """Return somebody who stands there in the scene's mood."""
        return Performance(self._suited(name, emotion_for_mood(self._scene.mood)), Pose.STAND)

    def emotion_before_line(self, name: str) -> Emotion | None:
        """Return what the action since somebody's last line showed in their face, None when it said nothing of it."""
        return self._emotion_of_action.get(name)

    def follow_action(self, beat: ActionBeat) -> None:
        """Take over what an action does to those in it: their faces, what they hold, and poses that last."""
        self._hand_over()
        is_on_motorbike = beat.travels and not beat.focus and beat.objects[:1] == ("motorbike",)
        if is_on_motorbike and not self._scene.interior:  # a vehicle on its way carries everybody who is there
            self._by_id = {name: replace(performance, pose=Pose.SIT) for name, performance in self._by_id.items()}
            self.is_riding = True
        words = stems_of(word.strip(".,!?") for word in beat.english.split())
        if _HALT_WORDS & words:
            self.is_riding = False
        emotion, pose = explicit_emotion(beat.english), pose_in(beat.english)
        feeling = action_feeling(beat.english, self._scene.mood)
        sits = is_seated_in(beat.english)
        for name in (*beat.focus, *beat.owners):
            if name not in self._by_id:
                continue
            if emotion is not None:
                self._emotion_of_action[name] = self._suited(name, emotion)
            performance = replace(self._by_id[name], emotion=self._suited(name, feeling.emotion))
            if pose is not None and name in beat.doers:
                self._by_id[name] = self._acting(name, performance, beat, pose, sits)
            else:
                self._by_id[name] = self._at_rest(performance)
            if name in beat.doers and not beat.holds and _LETTING_GO_WORDS & words:
                self._by_id[name] = self._at_rest(replace(self._by_id[name], holds=""))
        self._follow_embrace(beat, pose, words)

    def _acting(self, name: str, before: Performance, beat: ActionBeat, pose: Pose, sits: bool) -> Performance:
        """Return somebody in the pose of an action, with what it puts into the hand."""
        holds = beat.holds or before.holds
        if beat.holds and pose in (Pose.GIVE, Pose.THROW):
            others = [one for one in (*beat.focus, *beat.owners) if one != name and one in self._by_id]
            receiver = others[0] if pose is Pose.GIVE and others else ""
            self._handed_over[name] = (receiver, beat.holds)
        is_seated = sits or (pose in _SEATABLE_POSES and before.is_seated)
        return Performance(before.emotion, pose, holds, is_seated)

    def _hand_over(self) -> None:
        """Take what was given or thrown out of the hands that did it, and put it into those that receive it."""
        for giver, (receiver, thing) in self._handed_over.items():
            self._by_id[giver] = self._at_rest(replace(self._by_id[giver], holds=""))
            if receiver:
                self._by_id[receiver] = self._at_rest(replace(self._by_id[receiver], holds=thing))
        self._handed_over = {}

    def _follow_embrace(self, beat: ActionBeat, pose: Pose | None, words: set[str]) -> None:
        """Let both take part in an embrace; where somebody under age is in it, nobody kisses."""
        if pose is not Pose.EMBRACE:
            return
        partners = [name for name in dict.fromkeys((*beat.focus, *beat.owners)) if name in self._by_id]
        is_kiss = bool(_KISS_WORDS & words)
        has_minor = any(self._is_minor(name) for name in partners)
        for name in partners:
            new_pose = Pose.STAND if is_kiss and has_minor else Pose.EMBRACE
            emotion = Emotion.HAPPY if has_minor else self._by_id[name].emotion
            self._by_id[name] = replace(self._by_id[name], pose=new_pose, emotion=emotion, is_seated=False)

    def follow_speeches(self, speeches: Sequence[Speech], feelings: Mapping[str, Feeling], lines_so_far: int) -> None:
        """Put on the faces of those who speak at once, and of those who listen.

        Args:
            speeches: Lines spoken at the same time.
            feelings: How each is felt, by line id.
            lines_so_far: Lines spoken before in the scene; every third one may be spoken with a gesture.
        """
        self._hand_over()
        speaker_ids = {speech.character for speech in speeches}
        listening = listener_emotion(feelings[speeches[0].id], self._scene.mood)
        for name, performance in self._by_id.items():
            if name not in speaker_ids:
                self._by_id[name] = self._at_rest(replace(performance, emotion=self._suited(name, listening)))
        for speech in speeches:
            self._emotion_of_action.pop(speech.character, None)
            if speech.character in self._by_id:
                feeling = feelings[speech.id]
                emotion = self._suited(speech.character, feeling.emotion)
                performance = self._at_rest(replace(self._by_id[speech.character], emotion=emotion))
                if performance.pose is Pose.SLEEP:  # who speaks is awake
                    performance = replace(performance, pose=Pose.SIT if performance.is_seated else Pose.STAND)
                if performance.pose is Pose.STAND and (feeling.strength >= 0.5 or lines_so_far % 3 == 2):
                    performance = replace(performance, pose=_POSE_OF_EMOTION.get(feeling.emotion, Pose.STAND))
                self._by_id[speech.character] = performance

    def _at_rest(self, performance: Performance) -> Performance:
        """Return somebody after an action: in a pose that lasts, still holding what they hold."""
        pose = performance.pose if performance.pose in _LASTING_POSES else Pose.STAND
        if performance.is_seated and pose is Pose.STAND:
            pose = Pose.SIT
        if pose is Pose.HOLD and not performance.holds:
            pose = Pose.SIT if performance.is_seated else Pose.STAND
        if performance.holds and pose in (Pose.STAND, Pose.SIT):
            pose = Pose.HOLD
        return replace(performance, pose=pose, is_seated=performance.is_seated or pose is Pose.SIT)

    def _is_minor(self, name: str) -> bool:
        return self._age_by_id.get(name, ADULT_YEARS) < ADULT_YEARS

    def _suited(self, name: str, emotion: Emotion) -> Emotion:
        return suited_to_age(emotion, self._age_by_id.get(name, ADULT_YEARS))


def _first_poses(scene: Scene, cast: Sequence[Character]) -> dict[str, Pose]:
    """Return the lasting poses in which the action first finds people: they were in them before that, too."""
    reader = ActionReader(scene, cast)
    poses: dict[str, Pose] = {}
    for beat in scene.beats:
        for action_beat in reader.read_paragraph(beat.text) if isinstance(beat, Action) else ():
            pose = pose_in(action_beat.english)
            for name in action_beat.doers:
                poses.setdefault(name, pose if pose in _FIRST_POSES else Pose.STAND)
    return poses
