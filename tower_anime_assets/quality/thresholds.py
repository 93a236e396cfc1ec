"""The bar of every gate, with its unit, its reason and what to do about a take that misses it.

A project overrides a bound in `project.yaml` under `thresholds: {measure: {low: x, high: y}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.verdicts import Threshold


def _at_least(
    gate: str,
    measure: str,
    low: float,
    unit: str,
    reason: str,
    remedy: str,
    *,
    is_optional: bool = False,
    replaced_by: str = "",
    embedded_remedy: str = "",
    good: float | None = None,
) -> Threshold:
    return Threshold(gate, measure, low, None, unit, reason, remedy, is_optional, replaced_by, embedded_remedy, good)


def _at_most(
    gate: str,
    measure: str,
    high: float,
    unit: str,
    reason: str,
    remedy: str,
    is_optional: bool = False,
    good: float | None = None,
) -> Threshold:
    return Threshold(gate, measure, None, high, unit, reason, remedy, is_optional, good=good)


_DRAWN_ANEW = "Ask for another framing with a [[shot: ...]] note, or for another weather or time of day."

# Gate, measure, bar, unit; reason; remedy. Unit and remedy are recorded with each verdict: another wording would record
# every verdict of the gate once more.

STORY = (
    _at_most(
        "story_has_known_speakers", "unknown_speakers", 0.0, "ids that are no character",
        "A line without a character has neither a face nor a voice.",
        "Write a character file for the speaker, or mend the name in the script.",
    ),
    _at_most(
        "plans_keep_their_length", "length_error_share", 0.1, "share of the scene's target",
        "A broadcast slot tolerates a tenth; beyond that it is a different scene. A fiftieth is not noticed.",
        "Change the scene's [[duration: ...]] note, or shorten its lines.",
        good=0.02,
    ),
    _at_most(
        "episodes_keep_their_length", "episode_length_error_share", 0.1, "share of the episode's target",
        "Scenes that are each within their tenth can add up to an episode that does not fit its slot. A fiftieth is "
        "not noticed.",
        "Change the title page's Duration, or the scenes' [[duration: ...]] notes.",
        good=0.02,
    ),
    _at_most(
        "shots_are_legal", "illegal_shots", 0.0, "shots",
        "An engine silently rounds an illegal length, or shows the wrong characters.",
        "Plan again; a director that keeps breaking the rules must be exchanged.",
    ),
    _at_most(
        "lines_are_placed", "lines_unplaced", 0.0, "lines",
        "A line without a window in its scene is never spoken.",
        "Plan again; a director that keeps losing lines must be exchanged.",
    ),
)  # fmt: skip

SHEETS = (
    _at_least(
        "sheets_are_not_blank", "luma_std", 12.0, "grey levels",
        "A single flat tone stays below 5. Drawn sheets measured 73 or more.",
        "Make the sheet again with another seed.",
        good=40.0,
    ),
    _at_least(
        "sheets_show_their_colours", "sheet_colour_share", 0.75, "share of the sheet's colours found",
        "Every keyframe is compared with these colours, so the sheet itself must show them. Good is all of them.",
        "Make the sheet again, or mend the colours in the character's file.",
        good=1.0,
    ),
)  # fmt: skip

KEYFRAMES = (
    _at_most(
        "keyframes_have_the_planned_size", "size_error_px", 0.0, "px",
        "A clip grows from the still pixel by pixel; any other size would be rescaled silently.",
        "Make it again; if it repeats, set delivery.working to a size that the workflow makes.",
    ),
    _at_least(
        "keyframes_are_not_blank", "luma_std", 8.0, "grey levels",
        "A single flat tone stays below 5; the flattest of 420 drawn keyframes measured 11.8, a beach in a storm. "
        "From 25 on, where nearly all keyframes of an episode are, contrast is a matter of light and weather.",
        "Make it again with another seed; if it stays blank, look at the prompt and the server's log.",
        embedded_remedy=_DRAWN_ANEW,
        good=25.0,
    ),
    _at_least(
        "keyframes_are_sharp", "sharpness_var", 60.0, "grey levels squared",
        "Variance of the Laplacian. 101 drawn keyframes measured 88 or more, half of them over 340; blurred by 1.2 px "
        "all stayed below 44.",
        "Make it again with more steps or another seed.",
        replaced_by="edge_acuity",
        embedded_remedy=_DRAWN_ANEW,
        good=340.0,
    ),
    _at_least(
        "keyframes_are_sharp", "edge_acuity", 6.0, "times the edges left by a blur of 1.2 px",
        "Contrast does not matter, so fog, night and an empty sea are judged like a street by day: sharp pictures, "
        "drawn and photographed, measured 7.6 or more in any weather and light, and 2 to 5.4 blurred by 1.2 px. "
        "Keyframes of an episode measured 13 to 30, all of them crisp.",
        "Make it again with more steps or another seed.",
        is_optional=True,
        embedded_remedy=_DRAWN_ANEW,
        good=12.0,
    ),
    _at_least(
        "keyframes_show_the_characters_colours", "sheet_colour_share", 0.7, "share of the sheet's colours found",
        "Hair, skin, outfit and accent found together under one light, strong colours weighted most, of the worst "
        "character. In 149 drawn keyframes the right cast measured 0.78 to 1, 94 % of absent characters below 0.70. "
        "Good is all of them.",
        "Raise the character LoRA's strength or name hair and outfit colours in the description.",
        embedded_remedy="State the colours under `appearance:`, or ask for a closer framing with a [[shot: ...]] note.",
        good=1.0,
    ),
    _at_least(
        "keyframes_differ_from_their_neighbours", "neighbour_distance_bits", 4.0, "bits of 64",
        "Perceptual-hash distance to the shot before; the same still twice in a row reads as a mistake. Encoding "
        "changes up to 2 bits; consecutive shots measured 4 to 40, all but one at least 14. From 14 on they are "
        "plainly different pictures.",
        "Ask for another framing with a [[shot: ...]] note, or make it again with another seed.",
        good=14.0,
    ),
    _at_least(
        "keyframes_show_what_the_plan_says", "eye_agreement", 0.6, "share of who, framing and action",
        "A vision model's answers, weighted 0.5, 0.2 and 0.3: half the people missing and a half-shown action fail, a "
        "framing read as the next size does not. Judged only where such a model is configured. Good is all of it.",
        "Look at the picture and at what the model says it sees; make it again with another seed, or waive it.",
        is_optional=True,
        good=1.0,
    ),
    _at_most(
        "keyframes_have_no_stray_letters", "letters_share", 0.01, "share of the picture",
        "Rows of letters in a service's picture whose prompt names nothing written. A caption of 24 px on 768x512 is "
        "0.015 or more, a signature of 14 px 0.003; one of 104 drawn keyframes measured above 0, a row of windows.",
        "Make it again with another seed, or add `text, watermark, signature` to style.negative; waive what belongs.",
        is_optional=True,
        good=0.0,
    ),
)  # fmt: skip

CLIPS = (
    _at_most(
        "clips_have_the_planned_frames", "frames_error", 0.0, "frames",
        "Sound and picture are cut by whole frames; a missing frame shifts everything after it.",
        "Make the clip again; if it repeats, the length is not legal for the engine.",
    ),
    _at_most(
        "clips_have_the_planned_size", "size_error_px", 0.0, "px",
        "Clips of different sizes cannot be joined without rescaling.",
        "Make it again; if it repeats, set delivery.working to a size that the workflow makes.",
    ),
    _at_most(
        "clips_have_the_planned_rate", "fps_error", 0.001, "frames per second",
        "Another rate drifts against the sound.",
        "Set the workflow's rate to the delivery's.",
    ),
    _at_most(
        "clips_are_in_the_house_encoding", "encoding_faults", 0.0, "faults",
        "The compiler joins clips without re-encoding, which needs equal codec, pixel format and key frames.",
        "Make the clip again.",
    ),
    _at_most(
        "clips_do_not_freeze", "frozen_run_frames", 12.0, "frames",
        "Half a second without any change reads as a stall, even in a held shot. 26 drawn clips measured 0 or 1, a "
        "repeated still all of its frames.",
        "Ask for more motion: a camera move, or an effect such as rain.",
        good=1.0,
    ),
    _at_most(
        "clips_are_not_black", "black_run_frames", 2.0, "frames",
        "Fades are added when the episode is compiled; a clip has none. Black is 98 % below 7 % grey; no frame of a "
        "drawn clip had more than 14 %.",
        "Make it again with another seed.",
    ),
    _at_most(
        "clips_do_not_flash", "flashes_per_s", 3.0, "flashes in the worst second",
        "WCAG 2.3.1: more than three general flashes in a second can trigger seizures.",
        "Make it again with less motion or another seed.",
    ),
    _at_most(
        "clips_move_as_planned", "motion_off_range_px", 0.0, "px per frame outside the planned range",
        "Mean optical flow against the range of the planned camera move, activity and effects; drawn clips measured "
        "0.2 (held, indoors) to 3.9 (tracking through rain).",
        "Too still: more motion; too wild: fewer effects or a calmer move.",
    ),
    _at_least(
        "clips_start_from_their_keyframe", "start_ssim", 0.85, "SSIM of luma",
        "The accepted still is what a person approved. 26 drawn clips measured 0.949 (rain from the first frame) to "
        "0.999; of the other stills of an episode 1.7 % measured above 0.85, all of the same set-up. From 0.98 on "
        "nobody sees the difference.",
        "Make it again with a stronger image conditioning.",
        good=0.98,
    ),
    _at_least(
        "clips_move_smoothly", "flow_consistency", 0.45, "share of the picture that optical flow explains",
        "Of the worst quarter of its frames. 62 drawn clips measured 0.56 (tracking through rain) to 1, textures that "
        "boil by 10 levels 0.30 to 0.40, shapes that wobble by 8 px 0.24 to 0.36. Slow dissolves pass.",
        "Make it again with another seed, more steps or less motion.",
        is_optional=True,
        good=0.95,
    ),
    _at_most(
        "clips_do_not_flicker", "flicker_levels", 1.25, "grey levels around the trend in the worst second",
        "Of the median block, so that signs, flames and lightning do not count: 62 drawn clips, storms and fires among "
        "them, measured 0.78 or less; light that alternates by 4 levels 4, a pulse of 6 every eighth frame 1.4.",
        "Make it again with another seed; of a workflow that does it again and again, its temporal tiling or VAE.",
        is_optional=True,
        good=0.2,
    ),
    _at_least(
        "clips_keep_their_picture", "temporal_ssim", 0.5, "mean SSIM of neighbouring frames",
        "Motion lowers it too, so the bar is low: 62 drawn clips measured 0.80 (tracking through rain) to 1, a fast "
        "pan over rows of windows 0.60, textures that boil by 12 levels 0.41 to 0.47.",
        "Make it again with another seed, more steps or less motion.",
        is_optional=True,
        good=0.95,
    ),
    _at_most(
        "clips_loop", "loop_gap_steps", 1.25, "times the largest step between neighbouring frames",
        "Only of shots whose note says `loop`. A larger jump from the last frame to the first is seen as a cut; drawn "
        "loops measured 0.4 to 1.1, the same clips played once 1.3 (rain, held) to 6.4 (a pan). A gap like any other "
        "step is not seen.",
        "Make it again, or leave `loop` out of the shot's note.",
        is_optional=True,
        good=1.0,
    ),
)  # fmt: skip

_FINISHED_OTHERWISE = (
    "Look at its clip. If that is right, pin another workflow under `routing.pins`, or write `engines: {upscale: "
    "embedded, interpolate: embedded}`; if not, make the shot again with --force."
)

FINISHED_CLIPS = tuple(replace(bar, remedy=_FINISHED_OTHERWISE) for bar in CLIPS)
"""The gates of clips, for one that was upscaled or interpolated: it is what is delivered."""

MUSIC = (
    _at_most(
        "cues_have_the_planned_length", "length_error_s", 0.05, "s",
        "A cue ends with its scene; one frame is 0.042 s.",
        "Make the cue again; a service must honour the asked duration.",
    ),
    Threshold(
        "cues_are_loud_enough", "loudness_lufs", -36.0, -10.0, "LUFS integrated",
        "A quieter cue is lost in the mix, a louder one leaves no headroom. At -20 LUFS the mix need neither raise "
        "nor lower it much.",
        "Make the cue again.",
        good=-20.0,
    ),
    _at_most(
        "cues_do_not_clip", "clipped_samples", 0.0, "samples at full scale in a row of three or more",
        "Clipping is audible as a crackle and cannot be repaired later.",
        "Make the cue again at a lower level.",
    ),
    _at_most(
        "cues_are_not_silent", "longest_silence_s", 2.5, "s below -60 dBFS",
        "A longer gap sounds like a missing cue; the last second may ring out. A rest of half a second is music.",
        "Make the cue again with another seed.",
        good=0.5,
    ),
)  # fmt: skip

VOICES = (
    _at_most(
        "lines_are_spoken", "words_missing", 0.0, "words",
        "Every written word has a time; a word without sound is lost.",
        "Look at the line for signs that the voice cannot read, or choose another language for the voice.",
    ),
    _at_least(
        "lines_are_audible", "speech_share", 0.2, "share of the take above -45 dBFS",
        "An empty or nearly empty file is not a line. Spoken lines measured 0.68 to 0.91: the rest is pauses.",
        "Make the line again.",
        good=0.6,
    ),
    _at_most(
        "lines_fit_their_window", "overrun_s", 0.0, "s past the window",
        "A line that runs over is cut off by the next or leaves its scene.",
        "Give the shot more time with a [[duration: ...]] note, shorten the line, or raise the voice's rate.",
    ),
    _at_most(
        "lines_do_not_clip", "clipped_samples", 0.0, "samples at full scale in a row of three or more",
        "Clipping is audible as a crackle and cannot be repaired later.",
        "Make the line again at a lower level.",
    ),
)  # fmt: skip

MIX = (
    _at_most(
        "mixes_have_the_planned_length", "length_error_s", 0.02, "s",
        "Half a frame at 24 fps.",
        "Make the mix again.",
    ),
    _at_most(
        "mixes_meet_the_loudness", "loudness_error_lu", 1.0, "LU off the delivery's target",
        "EBU R 128 allows one loudness unit for programmes that cannot be adjusted exactly. A fifth of one is within "
        "the accuracy of the meters.",
        "Make the mix again; a target far above -14 LUFS cannot be reached under the true-peak limit.",
        good=0.2,
    ),
    _at_most(
        "mixes_stay_below_the_peak", "true_peak_over_db", 0.0, "dB over the delivery's true-peak limit",
        "Players and encoders distort above it.",
        "Make the mix again.",
    ),
    _at_most(
        "mixes_are_not_silent", "longest_silence_s", 6.0, "s below -60 dBFS",
        "A scene without any sound seems like a defect of the file. A second is a pause.",
        "See which scene has neither music nor speech, and give it a cue.",
        good=1.0,
    ),
)  # fmt: skip

MASTER = (
    _at_most(
        "masters_play_everywhere", "format_faults", 0.0, "faults",
        "H.264 yuv420p and AAC in a fast-start MP4 at the delivery's size and rate, with a chapter for every scene.",
        "Compile again; the details name what differs.",
    ),
    _at_most(
        "masters_have_the_planned_frames", "frames_error", 0.0, "frames",
        "The cut list and the picture must agree to the frame.",
        "Compile again; if it repeats, a clip is not what its record says.",
    ),
    _at_most(
        "sound_and_picture_are_equally_long", "drift_frames", 1.0, "frames",
        "A viewer notices lip sync off by two frames.",
        "Make the mix again, then compile again.",
    ),
    _at_most(
        "masters_meet_the_loudness", "loudness_error_lu", 1.0, "LU off the delivery's target",
        "Measured on the encoded sound, as a platform does. A fifth of one is within the accuracy of the meters.",
        "Make the mix again.",
        good=0.2,
    ),
    _at_most(
        "masters_stay_below_the_peak", "true_peak_over_db", 0.0, "dB over the delivery's true-peak limit",
        "AAC overshoots; the decoded signal counts.",
        "Make the mix again with more headroom.",
    ),
    _at_most(
        "masters_are_not_black", "black_run_frames", 12.0, "frames beyond the planned fades",
        "Planned fades are excluded and a clip may have two black frames; half a second is a missing picture.",
        "Look at the cut list at the frame that the details name.",
    ),
    _at_most(
        "masters_do_not_freeze", "frozen_run_frames", 24.0, "frames",
        "A second without any change reads as a stalled player.",
        "Look at the cut list at the frame that the details name.",
        good=1.0,
    ),
    _at_most(
        "subtitles_cover_every_line", "lines_without_subtitle", 0.0, "lines",
        "Viewers who cannot hear need every line.",
        "Compile again; the details name the lines.",
    ),
    _at_most(
        "masters_hold_accepted_takes", "unaccepted_shots", 0.0, "shots",
        "An episode of the best takes is for looking at; what a gate rejected is not delivered.",
        "Make the marked shots again, or pass them with `tower waive`, then produce without --best.",
        is_optional=True,
    ),
)  # fmt: skip

ALL_THRESHOLDS = (*STORY, *SHEETS, *KEYFRAMES, *CLIPS, *MUSIC, *VOICES, *MIX, *MASTER)


def with_overrides(bars: tuple[Threshold, ...], overrides: Mapping[str, Mapping[str, float]]) -> tuple[Threshold, ...]:
    """Return the bars with a project's own bounds; a bar that a project sets itself is not replaced by another.

    Raises:
        PlanError: No gate uses an overridden measure, or no value can pass.
    """
    if not overrides:
        return bars
    measures = {bar.measure for bar in ALL_THRESHOLDS}
    for measure in overrides:
        if measure not in measures:
            raise PlanError(f"thresholds: unknown measure {measure!r}; expected one of {', '.join(sorted(measures))}")
    overridden = []
    for bar in bars:
        bounds = overrides.get(bar.measure, {})
        low, high = bounds.get("low", bar.low), bounds.get("high", bar.high)
        if low is not None and high is not None and low > high:
            raise PlanError(f"thresholds: {bar.measure} has low {low:g} above high {high:g}; expected low <= high")
        overridden.append(replace(bar, low=low, high=high, replaced_by="" if bounds else bar.replaced_by))
    return tuple(overridden)
