"""What a body does in a sentence: verbs in all their forms, and what only looks like one of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.planning.action_verbs import find_pose, is_seated_in
from tower_anime_assets.production.planning.shots import Pose


@pytest.mark.parametrize(
    ("text", "pose"),
    [
        ("Luna holds a lantern.", Pose.HOLD),
        ("Akira is holding the map up to the light.", Pose.HOLD),
        ("She clutches the letter.", Pose.HOLD),
        ("He carried a heavy box across the yard.", Pose.HOLD),
        ("Mio cradles the kitten.", Pose.HOLD),
        ("Luna holds her breath.", None),
        ("He holds his gaze.", None),
        ("Ben does not hold the rope.", None),
        ("She holds him close.", Pose.EMBRACE),
        ("Akira gives Luna the chip.", Pose.GIVE),
        ("She hands him the letter.", Pose.GIVE),
        ("He gave her a flower.", Pose.GIVE),
        ("Viktor offers the cup to Luna.", Pose.GIVE),
        ("Luna passes Akira the wrench.", Pose.GIVE),
        ("Her hands shake.", None),
        ("She gives up.", None),
        ("He gives a nod.", None),
        ("They pass the house.", None),
        ("Luna opens the book.", Pose.OPEN),
        ("He opened the door and looks out.", Pose.OPEN),
        ("She is opening a letter.", Pose.OPEN),
        ("Ben unlocks the chest.", Pose.OPEN),
        ("The door opens.", None),
        ("She opens her eyes.", None),
        ("The open window rattles.", None),
        ("Luna never opens the box.", None),
        ("Ada eats.", Pose.EAT),
        ("The monk ate rice from a bowl.", Pose.EAT),
        ("Mio and Ben are eating noodles.", Pose.EAT),
        ("He munches an apple.", Pose.EAT),
        ("Akira sits at the table and eats.", Pose.EAT),
        ("Ada does not eat.", None),
        ("He refuses to eat.", None),
        ("She didn't eat the apple.", None),
        ("Viktor drinks tea.", Pose.DRINK),
        ("She sips her coffee.", Pose.DRINK),
        ("He drank from the bottle.", Pose.DRINK),
        ("Luna takes a sip.", Pose.DRINK),
        ("She can't drink it.", None),
        ("Luna writes a letter.", Pose.WRITE),
        ("He wrote his name on the wall.", Pose.WRITE),
        ("The student scribbles in a notebook.", Pose.WRITE),
        ("She is writing.", Pose.WRITE),
        ("The writing on the wall glows.", None),
        ("Ben falls.", Pose.FALL),
        ("Akira fell from the roof.", Pose.FALL),
        ("She trips over a root.", Pose.FALL),
        ("The knight collapses.", Pose.FALL),
        ("Night falls.", None),
        ("Snow falls on the roofs.", None),
        ("The cup falls.", None),
        ("Silence falls.", None),
        ("She falls silent.", None),
        ("She falls to her knees.", Pose.CROUCH),
        ("The cat sleeps.", Pose.SLEEP),
        ("Mio is asleep.", Pose.SLEEP),
        ("He falls asleep.", Pose.SLEEP),
        ("The old man dozes in his chair.", Pose.SLEEP),
        ("She murmurs in her sleep.", Pose.SLEEP),
        ("He cannot sleep.", None),
        ("Akira embraces Luna.", Pose.EMBRACE),
        ("They hug.", Pose.EMBRACE),
        ("She throws her arms around him.", Pose.EMBRACE),
        ("He kissed her.", Pose.EMBRACE),
        ("They stand locked in an embrace.", Pose.EMBRACE),
        ("Akira fights the guard.", Pose.FIGHT),
        ("They fought in the rain.", Pose.FIGHT),
        ("A fight breaks out.", Pose.FIGHT),
        ("Ben punches the wall.", Pose.FIGHT),
        ("The guard attacks.", Pose.FIGHT),
        ("She fights back tears.", None),
        ("They do not fight.", None),
        ("Mio throws the ball.", Pose.THROW),
        ("He threw a stone into the lake.", Pose.THROW),
        ("Luna tosses the key to Akira.", Pose.THROW),
        ("He throws on a coat.", None),
        ("She throws a glance at him.", None),
        ("The monk cooks.", Pose.COOK),
        ("Ada stirs the soup.", Pose.COOK),
        ("He is frying eggs.", Pose.COOK),
        ("She chops onions.", Pose.COOK),
        ("Luna makes dinner.", Pose.COOK),
        ("The cook enters.", None),
        ("She stirs.", None),
        ("Akira drives.", Pose.DRIVE),
        ("He drove through the night.", Pose.DRIVE),
        ("She is at the wheel.", Pose.DRIVE),
        ("He drives the blade into the wood.", None),
        ("They dance.", Pose.DANCE),
        ("Luna danced in the rain.", Pose.DANCE),
        ("She twirls.", Pose.DANCE),
        ("They begin a dance.", Pose.DANCE),
        ("The monk prays.", Pose.PRAY),
        ("She prayed at the altar.", Pose.PRAY),
        ("He is deep in prayer.", Pose.PRAY),
        ("They never pray.", None),
        ("Akira and Luna run for the motorbike.", Pose.RUN),
        ("Akira sits at the workbench.", Pose.SIT),
        ("She reaches for the switch.", Pose.REACH),
        ("Akira stands.", Pose.STAND),
        ("Morning sun on a black table.", None),
        ("Her fingers fly over the keyboard.", Pose.TYPE),
        ("Viktor points at the screen.", Pose.POINT),
        ("Luna takes the cup and drinks.", Pose.DRINK),
        ("Ben sits by the open door.", Pose.SIT),
        ("Ada sits at a desk, writing.", Pose.WRITE),
        ("The robot's head hums.", None),
        ("He bites into the apple.", Pose.EAT),
        ("A dance hall.", None),
        ("Viktor kneels and prays.", Pose.PRAY),
        ("Ben falls into the river.", Pose.FALL),
        ("Ben falls in love.", None),
        ("Akira hands over the letter.", Pose.GIVE),
        ("She passes him the salt.", Pose.GIVE),
        ("They pass the old house.", None),
        ("The child gives the robot a flower.", Pose.GIVE),
        ("They open the gate.", Pose.OPEN),
        ("Mio stands in the doorway, holding an umbrella.", Pose.HOLD),
        ("Grandmother is cooking rice.", Pose.COOK),
        ("Two soldiers are fighting.", Pose.FIGHT),
        ("He loses his footing.", Pose.FALL),
        ("The baby slept.", Pose.SLEEP),
        ("The fallen leaves rustle.", None),
        ("Ben drives home.", Pose.DRIVE),
        ("Nuns are praying.", Pose.PRAY),
        ("The children dance around the fire.", Pose.DANCE),
        ("The boy hurls a snowball.", Pose.THROW),
        ("Luna signs the contract.", Pose.WRITE),
        ("The signs glow.", None),
        ("The monk holds up a candle.", Pose.HOLD),
        ("Akira holds still.", None),
        ("Mio gulps water.", Pose.DRINK),
        ("She drinks in the view.", None),
        ("Ben, chewing, looks up.", Pose.EAT),
        ("Ada dozes off.", Pose.SLEEP),
        ("Nobody sleeps.", None),
        ("Ada prepares breakfast.", Pose.COOK),
        ("Mio offers an apple to the robot.", Pose.GIVE),
        ("He offers no answer.", None),
        ("Ben steers the car into the alley.", Pose.DRIVE),
        ("Kids are throwing stones.", Pose.THROW),
        ("Everybody dances.", Pose.DANCE),
        ("He stumbles, then falls.", Pose.FALL),
        ("Akira lunges.", Pose.FIGHT),
        ("Grandmother hugs the boy.", Pose.EMBRACE),
        ("The nun folds her hands in prayer.", Pose.PRAY),
        ("The door is open.", None),
        ("The drink stands on the table.", Pose.STAND),
    ],
)
def test_a_verb_is_recognised_in_its_forms_and_nothing_else_is(text: str, pose: Pose | None) -> None:
    word = find_pose(text)
    assert (word.pose if word else None) is pose


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Luna takes the cup and drinks.", "drinks"),
        ("Akira sits at the table and eats.", "eats"),
        ("She hugs him.", "hugs"),
    ],
)
def test_the_word_is_found_where_it_stands(text: str, word: str) -> None:
    found = find_pose(text)
    assert found is not None
    assert text[found.start : found.end] == word


@pytest.mark.parametrize("negation", ["does not", "doesn't", "never", "cannot", "refuses to"])
@pytest.mark.parametrize("verb", ["eat", "drink the tea", "open the box", "dance", "fight", "throw the ball", "pray"])
def test_what_does_not_happen_is_no_pose(negation: str, verb: str) -> None:
    assert find_pose(f"Ben {negation} {verb}.") is None


def test_who_sits_and_eats_is_seated() -> None:
    assert is_seated_in("Akira sits at the table and eats.")
    assert not is_seated_in("Akira eats.")


@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    word = find_pose(text)
    assert word is None or 0 <= word.start < word.end <= len(text)
