"""The bar for every gate, in one place, each with its unit and the reason why it stands where it does.

A project overrides a bound in `project.yaml` under `thresholds: {measure: {low: x, high: y}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.verdicts import Threshold

STORY = (
    Threshold(
        "story_has_known_speakers",
        "unknown_speakers",
        None,
        0.0,
        "ids that are no character",
        "A line without a character has neither face nor voice.",
        "Write a character file for the speaker, or mend the name in the script.",
    ),
    Threshold(
        "plans_keep_their_length",
        "length_error_share",
        None,
        0.10,
        "share of the scene's target",
        "A broadcast slot forgives a tenth; more and the scene is another scene.",
        "Change the scene's [[duration: ...]] note, or shorten its lines.",
    ),
    Threshold(
        "episodes_keep_their_length",
        "episode_length_error_share",
        None,
        0.10,
        "share of the episode's target",
        "Scenes that each keep within their tenth can add up to an episode that does not fit its slot.",
        "Change the title page's Duration, or the scenes' [[duration: ...]] notes.",
    ),
    Threshold(
        "shots_are_legal",
        "illegal_shots",
        None,
        0.0,
        "shots",
        "An engine rounds an illegal length or shows whom it pleases, silently.",
        "Plan again; a director that keeps breaking the rules must be exchanged.",
    ),
    Threshold(
        "lines_are_placed",
        "lines_unplaced",
        None,
        0.0,
        "lines",
        "A line without a window in its scene is never spoken.",
        "Plan again; a director that keeps losing lines must be exchanged.",
    ),
)

SHEETS = (
    Threshold(
        "sheets_are_not_blank",
        "luma_std",
        12.0,
        None,
        "grey levels",
        "A single flat tone stays below 5.",
        "Make the sheet again with another seed.",
    ),
    Threshold(
        "sheets_show_their_colours",
        "sheet_colour_share",
        0.75,
        None,
        "share of the sheet's colours found",
        "Every keyframe is held against these colours, so the sheet itself must show them.",
        "Make the sheet again, or mend the colours in the character's file.",
    ),
)

KEYFRAMES = (
    Threshold(
        "keyframes_have_the_planned_size",
        "size_error_px",
        None,
        0.0,
        "px",
        "A clip grows from the still pixel by pixel; any other size would be rescaled silently.",
        "Set the delivery size to what the engine draws, or make the keyframe again.",
    ),
    Threshold(
        "keyframes_are_not_blank",
        "luma_std",
        12.0,
        None,
        "grey levels",
        "A single flat tone stays below 5; the flattest of 101 drawn keyframes measured 16.9, a night in fog.",
        "Make it again with another seed; if it stays blank, look at the prompt and the server's log.",
    ),
    Threshold(
        "keyframes_are_sharp",
        "sharpness_var",
        60.0,
        None,
        "grey levels squared",
        "Variance of the Laplacian; 101 drawn keyframes measured 88 and more, half of them over 340; blurred by 1.2 px "
        "all stayed below 44.",
        "Make it again with more steps or another seed.",
    ),
    Threshold(
        "keyframes_show_the_characters_colours",
        "sheet_colour_share",
        0.70,
        None,
        "share of the sheet's colours found",
        "Hair, skin, outfit and accent found together under one light, strong colours counting most, worst character. "
        "In 149 drawn keyframes the right cast measured 0.78 to 1, 94 % of those who were not in them below 0.70.",
        "Raise the character LoRA's strength or name hair and outfit colours in the description.",
    ),
    Threshold(
        "keyframes_differ_from_their_neighbours",
        "neighbour_distance_bits",
        4.0,
        None,
        "bits of 64",
        "Perceptual-hash distance to the shot before; the same still twice in a row reads as a mistake. Encoding moves "
        "up to 2 bits; shots that follow each other measured 4 to 40, all but one 14 and more.",
        "Ask for another framing with a [[shot: ...]] note, or make it again with another seed.",
    ),
    Threshold(
        "keyframes_show_what_the_plan_says",
        "eye_agreement",
        0.6,
        None,
        "share of who, framing and action",
        "A vision model's answers, weighted 0.5, 0.2 and 0.3: half the people missing and a half-shown action fail, a "
        "framing that it reads as the next size does not. Judged only where such a model is configured.",
        "Look at the picture and at what the model says it sees; make it again with another seed, or waive it.",
        is_optional=True,
    ),
)

CLIPS = (
    Threshold(
        "clips_have_the_planned_frames",
        "frames_error",
        None,
        0.0,
        "frames",
        "Sound and picture are cut by whole frames; one frame too few shifts everything after it.",
        "Make the clip again; if it repeats, the length is not legal for the engine.",
    ),
    Threshold(
        "clips_have_the_planned_size",
        "size_error_px",
        None,
        0.0,
        "px",
        "Clips of different size cannot be joined without rescaling.",
        "Use a delivery size whose sides the engine can make (multiples of 32 for LTX).",
    ),
    Threshold(
        "clips_have_the_planned_rate",
        "fps_error",
        None,
        0.001,
        "frames per second",
        "Another rate drifts against the sound.",
        "Set the workflow's rate to the delivery's.",
    ),
    Threshold(
        "clips_are_in_the_house_encoding",
        "encoding_faults",
        None,
        0.0,
        "faults",
        "Codec, pixel format and key frames as the compiler joins them.",
        "Make the clip again, so that it is normalised.",
    ),
    Threshold(
        "clips_do_not_freeze",
        "frozen_run_frames",
        None,
        12.0,
        "frames",
        "Half a second without any change reads as a stall, even in a held shot. 26 drawn clips measured 0 or 1, one "
        "still encoded over and over all its frames.",
        "Ask for more motion: a camera move, or an effect such as rain.",
    ),
    Threshold(
        "clips_are_not_black",
        "black_run_frames",
        None,
        2.0,
        "frames",
        "Fades are made when the episode is compiled; a clip itself has none. Black is 98 % below 7 % grey; of drawn "
        "clips no frame had more than 14 %.",
        "Make it again with another seed.",
    ),
    Threshold(
        "clips_do_not_flash",
        "flashes_per_s",
        None,
        3.0,
        "flashes in the worst second",
        "WCAG 2.3.1: more than three general flashes in a second can trigger seizures.",
        "Make it again with less motion or another seed.",
    ),
    Threshold(
        "clips_move_as_planned",
        "motion_off_range_px",
        None,
        0.0,
        "px per frame outside the planned range",
        "Mean optical flow against the range of the planned camera move, activity and effects; drawn clips measured "
        "0.2 (held, indoors) to 3.9 (tracking through rain).",
        "Too still: more motion; too wild: fewer effects or a calmer move.",
    ),
    Threshold(
        "clips_start_from_their_keyframe",
        "start_ssim",
        0.85,
        None,
        "SSIM of luma",
        "The accepted still is what a person approved. 26 drawn clips measured 0.949 (rain from the first frame) to "
        "0.999; of all other stills of an episode 1.7 % came above 0.85, the same set-up again.",
        "Make it again with a stronger image conditioning.",
    ),
)

MUSIC = (
    Threshold(
        "cues_have_the_planned_length",
        "length_error_s",
        None,
        0.05,
        "s",
        "A cue ends with its scene; one frame is 0.042 s.",
        "Make the cue again; a service must honour the asked duration.",
    ),
    Threshold(
        "cues_are_loud_enough",
        "loudness_lufs",
        -36.0,
        -10.0,
        "LUFS integrated",
        "Quieter vanishes under the mix, louder has no room left.",
        "Make the cue again.",
    ),
    Threshold(
        "cues_do_not_clip",
        "clipped_samples",
        None,
        0.0,
        "samples at full scale in a row of three or more",
        "Clipping is heard as a crackle and cannot be mended later.",
        "Make the cue again at a lower level.",
    ),
    Threshold(
        "cues_are_not_silent",
        "longest_silence_s",
        None,
        2.5,
        "s below -60 dBFS",
        "A longer hole reads as a missing cue; the last second may ring out.",
        "Make the cue again with another seed.",
    ),
)

VOICES = (
    Threshold(
        "lines_are_spoken",
        "words_missing",
        None,
        0.0,
        "words",
        "Every written word has a time; a line without sound is a line lost.",
        "Look at the line for signs that the voice cannot read, or choose another language for the voice.",
    ),
    Threshold(
        "lines_are_audible",
        "speech_share",
        0.2,
        None,
        "share of the take above -45 dBFS",
        "An empty or nearly empty file is not a line.",
        "Make the line again.",
    ),
    Threshold(
        "lines_fit_their_window",
        "overrun_s",
        None,
        0.0,
        "s past the window",
        "A line that runs over is cut off by the next or leaves its scene.",
        "Give the shot more time with a [[duration: ...]] note, shorten the line, or raise the voice's rate.",
    ),
    Threshold(
        "lines_do_not_clip",
        "clipped_samples",
        None,
        0.0,
        "samples at full scale in a row of three or more",
        "Clipping is heard as a crackle and cannot be mended later.",
        "Make the line again at a lower level.",
    ),
)

MIX = (
    Threshold(
        "mixes_have_the_planned_length",
        "length_error_s",
        None,
        0.02,
        "s",
        "Half a frame at 24 fps.",
        "Make the mix again.",
    ),
    Threshold(
        "mixes_meet_the_loudness",
        "loudness_error_lu",
        None,
        1.0,
        "LU off the delivery's target",
        "EBU R 128 allows one loudness unit for programmes that cannot be adjusted exactly.",
        "Make the mix again; a target far above -14 LUFS cannot be reached under the true-peak limit.",
    ),
    Threshold(
        "mixes_stay_below_the_peak",
        "true_peak_over_db",
        None,
        0.0,
        "dB over the delivery's true-peak limit",
        "Players and encoders distort above it.",
        "Make the mix again.",
    ),
    Threshold(
        "mixes_are_not_silent",
        "longest_silence_s",
        None,
        6.0,
        "s below -60 dBFS",
        "A scene without any sound reads as a fault of the file.",
        "See which scene has neither music nor speech, and give it a cue.",
    ),
)

MASTER = (
    Threshold(
        "masters_play_everywhere", "format_faults", None, 0.0, "faults",
        "H.264 yuv420p and AAC in a fast-start MP4 at the delivery's size and rate.",
        "Compile again; the details name what differs.",
    ),
    Threshold(
        "masters_have_the_planned_frames", "frames_error", None, 0.0, "frames",
        "The cut list and the picture must agree to the frame.",
        "Compile again; if it repeats, a clip is not what its record says.",
    ),
    Threshold(
        "sound_and_picture_are_equally_long", "drift_frames", None, 1.0, "frames",
        "A viewer notices lip sync off by two frames.",
        "Make the mix again, then compile again.",
    ),
    Threshold(
        "masters_meet_the_loudness", "loudness_error_lu", None, 1.0, "LU off the delivery's target",
        "Measured on the encoded sound, as a platform does.",
        "Make the mix again.",
    ),
    Threshold(
        "masters_stay_below_the_peak", "true_peak_over_db", None, 0.0, "dB over the delivery's true-peak limit",
        "AAC overshoots; what counts is the decoded signal.",
        "Make the mix again with more headroom.",
    ),
    Threshold(
        "masters_are_not_black", "black_run_frames", None, 12.0, "frames beyond the planned fades",
        "Planned fades are taken off and a clip may hold two black frames; half a second is a missing picture.",
        "Look at the cut list at the frame that the details name.",
    ),
    Threshold(
        "masters_do_not_freeze", "frozen_run_frames", None, 24.0, "frames",
        "A second without any change reads as a stalled player.",
        "Look at the cut list at the frame that the details name.",
    ),
    Threshold(
        "subtitles_cover_every_line", "lines_without_subtitle", None, 0.0, "lines",
        "Viewers who cannot hear must get every line.",
        "Compile again; the details name the lines.",
    ),
)  # fmt: skip

ALL_THRESHOLDS = (*STORY, *SHEETS, *KEYFRAMES, *CLIPS, *MUSIC, *VOICES, *MIX, *MASTER)


def with_overrides(bars: tuple[Threshold, ...], overrides: Mapping[str, Mapping[str, float]]) -> tuple[Threshold, ...]:
    """Return the bars with a project's own bounds put in.

    Raises:
        PlanError: An override names a measure that no gate takes, or leaves no value that could pass.
    """
    measures = {bar.measure for bar in ALL_THRESHOLDS}
    for measure in overrides:
        if measure not in measures:
            raise PlanError(f"thresholds: no gate measures {measure!r}; known are {', '.join(sorted(measures))}")
    overridden = []
    for bar in bars:
        bounds = overrides.get(bar.measure, {})
        low, high = bounds.get("low", bar.low), bounds.get("high", bar.high)
        if low is not None and high is not None and low > high:
            raise PlanError(f"thresholds: {bar.measure} must be at least {low:g} and at most {high:g}: nothing passes")
        overridden.append(replace(bar, low=low, high=high))
    return tuple(overridden)
