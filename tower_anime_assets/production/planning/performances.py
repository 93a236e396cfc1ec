"""Performances: what the faces and bodies of everybody in a scene do, from beat to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tower_anime_assets.production.planning.acting import (
    Feeling,
    action_feeling,
    emotion_for_mood,
    listener_emotion,
    pose_in,
)
from tower_anime_assets.production.planning.action_beats import ActionBeat, ActionReader
from tower_anime_assets.production.planning.drafts import Performance
from tower_anime_assets.production.planning.lexicon import stems_of, word_set
from tower_anime_assets.production.planning.shots import Emotion, Pose
from tower_anime_assets.production.story.model import Action, Character, Scene, Speech

_LASTING_POSES = frozenset({Pose.SIT, Pose.CROUCH, Pose.TYPE})
_POSE_OF_EMOTION = {Emotion.ANGRY: Pose.POINT, Emotion.SMUG: Pose.ARMS_CROSSED, Emotion.HAPPY: Pose.HAND_ON_HIP}
_HALT_WORDS = word_set("stop halt park brake dismount")


class Performances:
    """The current performance of everybody present in a scene.

    Attributes:
        is_riding: Whether a vehicle carries them through the place.
    """

    def __init__(self, scene: Scene, cast: Sequence[Character], present_ids: Sequence[str]) -> None:
        self._scene = scene
        self.is_riding = False
        first_poses = _first_poses(scene, cast)
        self._by_id = {
            name: Performance(emotion_for_mood(scene.mood), first_poses.get(name, Pose.STAND)) for name in present_ids
        }

    def current(self) -> dict[str, Performance]:
        """Return the performances by character id."""
        return dict(self._by_id)

    def follow_action(self, beat: ActionBeat) -> None:
        """Take over what an action does to those in it: their faces, and poses that last."""
        is_on_motorbike = beat.travels and not beat.focus and beat.objects[:1] == ("motorbike",)
        if is_on_motorbike and not self._scene.interior:  # a vehicle on its way carries everybody who is there
            self._by_id = {name: replace(performance, pose=Pose.SIT) for name, performance in self._by_id.items()}
            self.is_riding = True
        if _HALT_WORDS & stems_of(word.strip(".,!?") for word in beat.text.split()):
            self.is_riding = False
        feeling, pose = action_feeling(beat.text, self._scene.mood), pose_in(beat.text)
        for name in (*beat.focus, *beat.owners):
            if name in self._by_id:
                new_pose = pose if pose is not None and name in beat.doers else self._lasting_pose(name)
                self._by_id[name] = Performance(feeling.emotion, new_pose)

    def follow_speeches(self, speeches: Sequence[Speech], feelings: Mapping[str, Feeling], lines_so_far: int) -> None:
        """Put on the faces of those who speak at once, and of those who listen.

        Args:
            speeches: Lines spoken at the same time.
            feelings: How each is felt, by line id.
            lines_so_far: Lines spoken before in the scene; every third one may be spoken with a gesture.
        """
        speaker_ids = {speech.character for speech in speeches}
        listening = listener_emotion(feelings[speeches[0].id], self._scene.mood)
        for name in self._by_id:
            if name not in speaker_ids:
                self._by_id[name] = Performance(listening, self._lasting_pose(name))
        for speech in speeches:
            if speech.character in self._by_id:
                feeling, pose = feelings[speech.id], self._lasting_pose(speech.character)
                if pose is Pose.STAND and (feeling.strength >= 0.5 or lines_so_far % 3 == 2):
                    pose = _POSE_OF_EMOTION.get(feeling.emotion, Pose.STAND)
                self._by_id[speech.character] = Performance(feeling.emotion, pose)

    def _lasting_pose(self, name: str) -> Pose:
        pose = self._by_id[name].pose
        return pose if pose in _LASTING_POSES else Pose.STAND


def _first_poses(scene: Scene, cast: Sequence[Character]) -> dict[str, Pose]:
    """Return the lasting poses in which the action first finds people: they were in them before that, too."""
    reader = ActionReader(scene, cast)
    poses: dict[str, Pose] = {}
    for beat in scene.beats:
        for action_beat in reader.read_paragraph(beat.text) if isinstance(beat, Action) else ():
            pose = pose_in(action_beat.text)
            for name in action_beat.doers:
                poses.setdefault(name, pose if pose in _LASTING_POSES else Pose.STAND)
    return poses
