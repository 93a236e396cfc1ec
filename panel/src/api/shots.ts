/** One shot with everything that is known of it, and what a person decides about it. */

import { etagOf, get, post } from "./client";
import { endpoints } from "./endpoints";
import { problemOf, unreachable } from "./problems";
import type { Page } from "./types";

export interface TakeSummary {
  id: string;
  stage: string;
  /** "accepted", "rejected", "locked" or "waived". */
  state: string;
  score: number | null;
  thumb_url: string | null;
  url: string;
  attempt: number;
  made_at: string;
  engine: string;
}

export interface GateResult {
  /** A true sentence, such as `keyframes_are_sharp`. */
  gate: string;
  measure: string;
  value: number;
  unit: string;
  low: number | null;
  high: number | null;
  /** From where more no longer matters; null for what counts faults. */
  good: number | null;
  grade: number | null;
  passed: boolean;
  waived: boolean;
  remedy: string;
}

/** Left, top, width and height of a part of the picture, px. */
export type Region = [number, number, number, number];

export interface PinnedNote {
  who: string;
  at: string;
  reason: string;
  note: string;
  frame: number | null;
  region: Region | null;
}

export interface SourcedText {
  text: string;
  /** Such as `characters/akira.yaml`; "" where that is not on record. */
  source: string;
  role: string;
}

export interface TakeParameter {
  name: string;
  value: unknown;
  origin: string;
}

export interface PersonDecision {
  who: string;
  at: string;
  what: string;
  why: string;
}

export interface FileLink {
  role: string;
  name: string;
  url: string;
  download_url: string;
  media_type: string;
  size_bytes: number;
}

export interface ShotTake {
  summary: TakeSummary;
  place: string;
  is_used: boolean;
  /** Whether it was made of what the shot is today, so that it can be chosen. */
  is_current: boolean;
  failed: string[];
  /** Who rejected it and why; "" if no person did. */
  rejection: string;
  lock: string;
  gates: GateResult[];
  prompt: SourcedText[];
  negative: SourcedText[];
  is_prompt_sent: boolean;
  seed: string;
  workflow: string;
  parameters: TakeParameter[];
  notes: PinnedNote[];
  people: PersonDecision[];
  reasoning: string;
  engine_version: string;
  candidate: number | null;
  seconds: number;
  cpu_s: number;
  gpu_s: number;
  decision_id: string;
  files: FileLink[];
}

export interface StageTakes {
  stage: string;
  title: string;
  /** The one in use first, then the newest first. */
  takes: ShotTake[];
}

export interface CastMember {
  character: string;
  name: string;
  emotion: string;
  pose: string;
  facing: string;
  holds: string;
}

export interface PlannedLine {
  id: string;
  character: string;
  name: string;
  text: string;
  parenthetical: string;
  on_screen: boolean;
  start_s: number;
  end_s: number;
  file: string;
  line: number;
}

export interface ShotPlan {
  framing: string;
  move: string;
  purpose: string;
  frames: number;
  fps: number;
  start_s: number;
  duration_s: number;
  cast: CastMember[];
  lines: PlannedLine[];
  setting: { place: string; interior: boolean; time_of_day: string; weather: string; mood: string };
  transition: { kind: string; frames: number };
  objects: string[];
  effects: string[];
  card: string;
  description: string;
  reasoning: string;
  prompt: string;
  negative: string;
  prompt_parts: SourcedText[];
  engines: string[];
  loops: boolean;
  script: { file: string; line: number; text: string };
}

export interface NeighbourShot {
  key: string;
  scene: string;
  alt: string;
  transition: string;
  keyframe: TakeSummary | null;
  clip: TakeSummary | null;
}

export interface HistoryEntry {
  at: string;
  who: string;
  what: string;
  why: string;
  take_id: string | null;
}

export interface Shot {
  key: string;
  episode: string;
  title: string;
  version: string;
  state: string;
  score: number | null;
  locked_by: string | null;
  rejected_by: string | null;
  /** What has changed since a take of it was locked, sentences. */
  lock_notes: string[];
  problem: string;
  alt: string;
  plan: ShotPlan;
  previous: NeighbourShot | null;
  next: NeighbourShot | null;
  stages: StageTakes[];
  /** Oldest first. */
  history: HistoryEntry[];
}

export interface Reason {
  kind: string;
  opinion: string;
  /** The take that it is about; "" for the shot as a whole. */
  stage: string;
  text: string;
  may_reject: boolean;
}

/** A decision on record, as `tower` says it. */
export interface Decision {
  says: string;
  version: string | null;
  take: string | null;
  learned: string[];
  warning: string;
}

export interface RunOffer {
  kind: string;
  keys: string[];
  stages: string[];
  why: string;
}

export interface Wish extends Decision {
  run: RunOffer;
}

export interface ImportAnswer {
  says: string;
  version: string;
  take: string;
  stage: string;
  is_used: boolean;
  failed: string[];
  notes: string[];
}

export interface RejectionWords {
  take: string;
  reason: string;
  note: string;
  frame: number | null;
  region: Region | null;
}

type Seen = Pick<Shot, "key" | "version">;

/** How long a shot that was read ahead serves; whoever decides on an older one is told by the server. */
const AHEAD_MS = 15_000;

const ahead = new Map<string, { at: number; shot: Promise<Shot> }>();

export async function readShot(key: string, signal?: AbortSignal): Promise<Shot> {
  const found = ahead.get(key);
  ahead.delete(key);
  if (found && performance.now() - found.at < AHEAD_MS) return found.shot;
  return (await get<Shot>(endpoints.shot(key), signal)).data;
}

/** Read a shot that is likely to be opened next; one that cannot be read is asked for again when it is. */
export function prefetchShot(key: string): Promise<Shot> {
  for (const [other, { at }] of ahead) if (performance.now() - at > AHEAD_MS) ahead.delete(other);
  const shot = get<Shot>(endpoints.shot(key)).then(({ data }) => data);
  ahead.set(key, { at: performance.now(), shot });
  shot.catch(() => ahead.delete(key));
  return shot;
}

let reasons: Promise<Reason[]> | null = null;

/** Return the reasons for which a take may be rejected; they are asked for once. */
export function listRejectReasons(): Promise<Reason[]> {
  reasons ??= get<Page<Reason>>("/api/reasons").then(
    ({ data }) => data.items.filter((reason) => reason.may_reject),
    (error: unknown) => {
      reasons = null;
      throw error;
    },
  );
  return reasons;
}

async function decide<Answer = Decision>(shot: Seen, action: string, body: object): Promise<Answer> {
  const url = `${endpoints.shot(shot.key)}/${action}`;
  ahead.clear();
  return (await post<Answer>(url, body, { ifMatch: etagOf(shot.version) })).data;
}

export const rejectTake = (shot: Seen, words: RejectionWords) => decide(shot, "reject", words);
export const readmitTake = (shot: Seen, take: string, why: string) => decide(shot, "readmit", { take, why });
export const lockTake = (shot: Seen, take: string, why: string) => decide(shot, "lock", { take, why });
export const chooseTake = (shot: Seen, take: string, why: string) => decide(shot, "choose", { take, why });
export const approveShot = (shot: Seen) => decide(shot, "approve", {});

/** Let go of the locked take of a stage, "keyframe" or "clip". */
export const releaseTake = (shot: Seen, stage: string, why: string) => decide(shot, "release", { stage, why });

export const waiveGate = (shot: Seen, take: string, gate: string, why: string) =>
  decide(shot, "waive", { take, gate, why });

/** Put on record what shall be otherwise in another take; the answer holds the run that would make it. */
export const askForAnother = (shot: Seen, change: string, reason: string, stage: string) =>
  decide<Wish>(shot, "another", { change, reason, stage });

/** Start the run that a wish offers. */
export async function startOfferedRun(offer: RunOffer): Promise<void> {
  await post<unknown>(endpoints.runs(), offer);
}

/** What of the script steers a shot: its `[[shot: ...]]` note. */
export interface ShotNote {
  shot: string;
  file: string;
  line: number;
  note_line: number;
  /** Such as "close-up, push in, rain on the lens"; "" for none. */
  note: string;
  /** Why no note can be written for it; "" where one can. */
  problem: string;
}

export interface ScriptFault {
  file: string;
  line: number;
  problem: string;
  remedy: string;
}

export interface Replan {
  episode: string;
  made: { shot: string; stage: string; why: string; predicted_s: number }[];
  dropped: { shot: string; stage: string }[];
  seconds_before: number;
  seconds_after: number;
  /** What people decided that counts for more, a sentence each. */
  notes: string[];
  problem: string;
}

/** The script with another note, before it is saved. */
export interface NotePreview {
  shot_after: string;
  /** Digest of the script as it is, to be given back. */
  seen: string;
  diff: string;
  new_faults: ScriptFault[];
  warnings: ScriptFault[];
  replans: Replan[];
}

export async function readNote(key: string, signal?: AbortSignal): Promise<ShotNote> {
  return (await get<ShotNote>(`${endpoints.shot(key)}/note`, signal)).data;
}

/** Return what another note would change; nothing is written. */
export async function previewNote(key: string, note: string, signal?: AbortSignal): Promise<NotePreview> {
  return (await post<NotePreview>(`${endpoints.shot(key)}/note/preview`, { note }, { signal })).data;
}

/** Write a note into the script; refused if the script has changed since the preview. */
export async function saveNote(key: string, note: string, why: string, seen: string): Promise<void> {
  await post<unknown>(`${endpoints.shot(key)}/note`, { note, why, seen });
}

export interface UploadOptions {
  why: string;
  /** 0 to 1 while the file is sent; 1 from when it is judged. */
  onProgress: (share: number) => void;
  signal: AbortSignal;
}

/** Endings of files that browsers know no type of. */
const TYPES: Readonly<Record<string, string>> = { mkv: "video/x-matroska", mov: "video/quicktime", webp: "image/webp" };

/** Send a picture or a clip for a shot; `fetch` tells nothing of how much is sent, so this is the older request. */
export function importFile(shot: Seen, file: File, options: UploadOptions): Promise<ImportAnswer> {
  const query = new URLSearchParams({ why: options.why, name: file.name });
  ahead.clear();
  const ending = file.name.split(".").at(-1)?.toLowerCase() ?? "";
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${endpoints.shot(shot.key)}/imports?${query}`);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", file.type || TYPES[ending] || "application/octet-stream");
    request.setRequestHeader("If-Match", etagOf(shot.version));
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) options.onProgress(event.loaded / event.total);
    });
    request.upload.addEventListener("load", () => options.onProgress(1));
    request.addEventListener("error", () => reject(unreachable(new Error("the upload was cut off"))));
    request.addEventListener("abort", () => reject(new DOMException("The upload was stopped", "AbortError")));
    request.addEventListener("load", () => {
      const type = request.getResponseHeader("Content-Type") ?? "";
      const response = new Response(request.responseText, { status: request.status, headers: { "Content-Type": type } });
      if (request.status >= 200 && request.status < 300) void response.json().then(resolve, reject);
      else void problemOf(response).then(reject, reject);
    });
    options.signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

