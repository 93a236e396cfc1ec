/** A shot as the server tells of it. */

import type { GateResult, Shot, ShotTake } from "@/api/shots";

export const KEY = "nexus-e01-sc02-sh0030";
export const PATH = `/shot/${KEY}`;
export const URL_OF_SHOT = `/api/shots/${KEY}`;

export function gate(changes: Partial<GateResult> = {}): GateResult {
  return {
    gate: "keyframes_are_sharp",
    measure: "edge_acuity",
    value: 0.8,
    unit: "of the sharpest edge",
    low: 0.5,
    high: null,
    good: 0.9,
    grade: 0.8,
    passed: true,
    waived: false,
    remedy: "Make the picture again.",
    ...changes,
  };
}

export function take(id: string, changes: Omit<Partial<ShotTake>, "summary"> & { summary?: Partial<ShotTake["summary"]> } = {}): ShotTake {
  const { summary, ...rest } = changes;
  return {
    summary: {
      id,
      stage: "keyframe",
      state: "accepted",
      score: 0.7,
      thumb_url: `/media/${id}-thumb.png`,
      url: `/media/${id}.png`,
      attempt: 1,
      made_at: "2026-11-30T10:00:00Z",
      engine: "embedded",
      ...summary,
    },
    place: KEY,
    is_used: false,
    is_current: true,
    failed: [],
    rejection: "",
    lock: "",
    gates: [gate()],
    prompt: [
      { text: "close-up of Akira", source: "plan", role: "framing" },
      { text: "silver hair", source: "characters/akira.yaml", role: "character" },
    ],
    negative: [{ text: "blurry", source: "project.yaml: style.negative", role: "negative" }],
    is_prompt_sent: true,
    seed: "4711",
    workflow: "",
    parameters: [{ name: "steps", value: 30, origin: "project.yaml" }],
    notes: [],
    people: [],
    reasoning: "",
    engine_version: "3",
    candidate: null,
    seconds: 2.5,
    cpu_s: 2,
    gpu_s: 0,
    decision_id: `decision-${id}`,
    files: [],
    ...rest,
  };
}

export function clip(id: string, changes: Parameters<typeof take>[1] = {}): ShotTake {
  return take(id, { ...changes, summary: { stage: "clip", url: `/media/${id}.mp4`, ...changes.summary } });
}

export function shot(changes: Partial<Shot> = {}): Shot {
  return {
    key: KEY,
    episode: "nexus-e01",
    title: "Signal in the Noise",
    version: "v7",
    state: "accepted",
    score: 0.7,
    locked_by: null,
    rejected_by: null,
    lock_notes: [],
    problem: "",
    alt: "Close-up of Akira; the tower, night.",
    plan: {
      framing: "close-up",
      move: "push-in",
      purpose: "reaction",
      frames: 49,
      fps: 24,
      start_s: 12,
      duration_s: 2.04,
      cast: [{ character: "akira", name: "Akira", emotion: "tense", pose: "standing", facing: "left", holds: "" }],
      lines: [{ id: "l1", character: "akira", name: "Akira", text: "It answers.", parenthetical: "quietly", on_screen: true, start_s: 0.5, end_s: 1.5, file: "nexus/episodes/e01.fountain", line: 44 }],
      setting: { place: "the tower", interior: true, time_of_day: "night", weather: "", mood: "tense" },
      transition: { kind: "cut", frames: 0 },
      objects: [],
      effects: [],
      card: "",
      description: "Akira listens.",
      reasoning: "",
      prompt: "close-up of Akira",
      negative: "",
      prompt_parts: [],
      engines: [],
      loops: false,
      script: { file: "nexus/episodes/e01.fountain", line: 42, text: "Akira listens to the noise." },
    },
    previous: { key: "nexus-e01-sc02-sh0020", scene: "sc02", alt: "Wide shot of the place.", transition: "cut", keyframe: take("before").summary, clip: clip("beforeclip").summary },
    next: { key: "nexus-e01-sc02-sh0040", scene: "sc02", alt: "Insert of a terminal.", transition: "dissolve", keyframe: take("after").summary, clip: null },
    stages: [
      {
        stage: "keyframe",
        title: "Keyframes",
        takes: [
          take("one", { is_used: true }),
          take("two", { summary: { state: "rejected", attempt: 2, score: 0.3 }, failed: ["keyframes_are_sharp"], gates: [gate(), gate({ gate: "keyframes_have_the_sheet_colours", measure: "sheet_colour_share", value: 0.2, low: 0.4, good: null, passed: false })] }),
        ],
      },
    ],
    history: [
      { at: "2026-11-30T10:00:00Z", who: "tower", what: "keyframe, attempt 1 by embedded: succeeded", why: "first attempt", take_id: "one" },
      { at: "2026-11-30T11:00:00Z", who: "Viktor", what: "rejected it (anatomy)", why: "six fingers", take_id: "two" },
    ],
    asked: [],
    quality: "standard",
    own_quality: "standard",
    levels: ["standard"],
    ...changes,
  };
}
