"""Romance that a script writes of somebody under age is neither prompted nor passed over without a word."""

from __future__ import annotations

import pytest

from tower_anime_assets.production.planning.minors import minor_warnings
from tower_anime_assets.production.planning.storyboard import Storyboard
from tower_anime_assets.production.story.screenplay import draft_episode
from tower_anime_assets.production.story.show_file import draft_project
from tower_anime_assets.production.story.source import SourceFile

CAST = {
    "lotte": "name: Lotte\ndescription: A girl of 9 with red braids.\n",
    "ada": "name: Ada\ndescription: A woman of 45 with short hair.\n",
    "ben": "name: Ben\ndescription: A man of 50 with a beard.\n",
}


def prompts_of(action: str) -> tuple[list[str], list[str], list[int]]:
    """Return the prompts, the negative prompts, and the lines warned of, of a scene with one paragraph of action."""
    files = {name: SourceFile(f"s/characters/{name}.yaml", text) for name, text in CAST.items()}
    project = draft_project("s", SourceFile("s/project.yaml", "title: S\n"), files).project
    text = f"INT. HALL - DAY\n\n{action}\n\nADA\nHello.\n"
    episode, faults = draft_episode(project, "e01", text, "s/episodes/e01.fountain", "")
    assert not faults
    shots = Storyboard(project, episode.scenes[0], ()).plan().shots
    warned = [warning.line for warning in minor_warnings(project, episode)]
    return [shot.prompt for shot in shots], [shot.negative for shot in shots if "Lotte" in shot.prompt], warned


@pytest.mark.parametrize("action", ["Ben kisses Lotte.", "Lotte is naked.", "Lotte and Ben make out in the corner."])
def test_romance_with_somebody_under_age_is_in_no_prompt_and_warned_of(action: str) -> None:
    prompts, negatives, warned = prompts_of(action)
    verb = next(word for word in ("kisses", "naked", "make out") if word in action)
    assert all(verb not in prompt for prompt in prompts)
    assert negatives
    assert all("sexualised" in negative for negative in negatives)
    assert warned == [3]


@pytest.mark.parametrize("action", ["Ben kisses Ada.", "Lotte hugs Ada.", "Lotte makes a kite."])
def test_what_is_no_romance_of_a_child_is_prompted_as_written(action: str) -> None:
    prompts, _negatives, warned = prompts_of(action)
    assert any(action.rstrip(".") in prompt for prompt in prompts)
    assert warned == []
