"""A record with many attempts at keyframes, whose outcomes depend on a parameter, the mood and a prompt element."""

from __future__ import annotations

import random

from tower_anime_assets.media.files import StoredFile
from tower_anime_assets.production.verdicts import Threshold, judge, score
from tower_anime_assets.store import decisions, takes, verdicts
from tower_anime_assets.store.database import Database

BARS = (
    Threshold("keyframes_are_sharp", "sharpness_var", 60.0, None, "grey levels squared", "", ""),
    Threshold("keyframes_show_the_characters_colours", "sheet_colour_share", 0.5, None, "share", "", ""),
)
ENGINE = "comfyui:sdxl"


def fill(database: Database, project_id: str, shots: int = 40, seed: int = 3) -> int:
    """Put attempts on record until each shot is accepted, at most three each; return how many those were."""
    chance = random.Random(seed)
    made = 0
    for shot in range(1, shots + 1):
        mood = chance.choice(("calm", "tense"))
        words = ["anime", chance.choice(("neon", "fog"))]
        for attempt in range(1, 4):
            made += 1
            cfg = chance.randrange(2, 21) / 2
            advice = {"source": "learned" if shot > 20 else "defaults"}
            sharp = 140 - 12 * cfg + chance.gauss(0, 10)
            colours = 0.8 - 0.35 * (mood == "tense") + chance.gauss(0, 0.1)
            decision = decisions.record_decision(
                database,
                decisions.NewDecision(
                    project_id=project_id, episode_id="e01", scene_id="sc01", shot_id=f"sh{shot * 10:04}",
                    decision_type="keyframe", engine=ENGINE, reasoning="", attempt=attempt,
                    brief_digest=f"{shot:064x}", idempotency_key=f"{project_id} {shot} {attempt}",
                    parameters={
                        "brief": {
                            "framing": "wide" if shot % 2 else "close-up", "prompt": ", ".join(words),
                            "setting": {"mood": mood}, "subjects": [{"character": "akira"}],
                        },
                        "attempt": {"seed": made, "cfg": cfg, "advice": advice},
                    },
                ),
            )  # fmt: skip
            judged = judge({"sharpness_var": sharp, "sheet_colour_share": colours}, BARS)
            take = takes.record_take(
                database,
                takes.NewTake(
                    decision_id=decision.id, brief_digest=decision.brief_digest, stage="keyframe",
                    project_id=project_id, episode_id="e01", scene_id="sc01", shot_id=decision.shot_id,
                    details={}, duration_s=2.0,
                    files={"main": StoredFile("0" * 64, f"00/{'0' * 64}.png", 1)},
                    measured={"sharpness_var": sharp}, quality_score=score(judged),
                ),
            )  # fmt: skip
            verdicts.record_verdicts(database, take.id, judged)
            if all(verdict.passed for verdict in judged):
                break
    return made
