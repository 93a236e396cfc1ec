/** One shot with everything that is known of it, and what a person decides about it. */

import { etagOf, get, post } from "./client";
import { endpoints } from "./endpoints";
import { problemOf, unreachable } from "./problems";
import type {
  AnotherTakeAnswer,
  DecisionAnswer,
  ImportAnswer,
  NotePreview,
  PinnedNote,
  ShotNoteAnswer,
  ShotPage,
  ShotRejectionRequest,
} from "./schema";
import { levelOf, type Level, type Sent } from "./types";

export type {
  AnotherTakeAnswer as Wish,
  DecisionAnswer as Decision,
  FileLink,
  HistoryEntry,
  ImportAnswer,
  NeighbourShot,
  NotePreview,
  PinnedNote,
  ShotNoteAnswer as ShotNote,
  ShotPage as Shot,
  ShotPlanPage as ShotPlan,
  ShotRunOffer as RunOffer,
  SourcedText,
  StageTakes,
  TakeGate as GateResult,
  TakePage as ShotTake,
  TakeSummary,
  ValueTrail as TakeParameter,
} from "./schema";

/** Left, top, width and height of a part of the picture, px. */
export type Region = NonNullable<PinnedNote["region"]>;

export type RejectionWords = Sent<ShotRejectionRequest, "reason" | "note" | "frame" | "region"> & { take: string };

type Seen = Pick<ShotPage, "key" | "version" | "quality" | "own_quality">;

/** How long a shot that was read ahead serves; whoever decides on an older one is told by the server. */
const AHEAD_MS = 15_000;

const ahead = new Map<string, { at: number; shot: Promise<ShotPage> }>();

/** `level`: whose takes are in use, "" for the show's own. */
export async function readShot(key: string, level: Level = "", signal?: AbortSignal): Promise<ShotPage> {
  const address = endpoints.shot(key, level);
  const found = ahead.get(address);
  ahead.delete(address);
  if (found && performance.now() - found.at < AHEAD_MS) return found.shot;
  return (await get<ShotPage>(address, signal)).data;
}

/** Read a shot that is likely to be opened next; one that cannot be read is asked for again when it is. */
export function prefetchShot(key: string, level: Level = ""): Promise<ShotPage> {
  for (const [other, { at }] of ahead) if (performance.now() - at > AHEAD_MS) ahead.delete(other);
  const address = endpoints.shot(key, level);
  const shot = get<ShotPage>(address).then(({ data }) => data);
  ahead.set(address, { at: performance.now(), shot });
  shot.catch(() => ahead.delete(address));
  return shot;
}

async function decide<Answer = DecisionAnswer>(shot: Seen, action: string, body: object): Promise<Answer> {
  const url = `${endpoints.shot(shot.key)}/${action}`;
  ahead.clear();
  return (await post<Answer>(url, body, { ifMatch: etagOf(shot.version) })).data;
}

export const rejectTake = (shot: Seen, words: RejectionWords) => decide(shot, "reject", { ...words, ...levelOf(shot) });
export const readmitTake = (shot: Seen, take: string, why: string) => decide(shot, "readmit", { take, why });
export const lockTake = (shot: Seen, take: string, why: string) => decide(shot, "lock", { take, why, ...levelOf(shot) });
export const chooseTake = (shot: Seen, take: string, why: string) => decide(shot, "choose", { take, why, ...levelOf(shot) });
export const approveShot = (shot: Seen) => decide(shot, "approve", levelOf(shot));

/** Let go of the locked take of a stage, "keyframe" or "clip". */
export const releaseTake = (shot: Seen, stage: string, why: string) => decide(shot, "release", { stage, why });

export const waiveGate = (shot: Seen, take: string, gate: string, why: string) =>
  decide(shot, "waive", { take, gate, why, ...levelOf(shot) });

/** Put on record what shall be otherwise in another take; the answer holds the run that would make it. */
export const askForAnother = (shot: Seen, words: { change: string; reason: string; seed: number | null }, stage: string) =>
  decide<AnotherTakeAnswer>(shot, "another", { change: words.change, reason: words.reason, stage, ...(words.seed === null ? {} : { seed: words.seed }), ...levelOf(shot) });

export async function readNote(key: string, signal?: AbortSignal): Promise<ShotNoteAnswer> {
  return (await get<ShotNoteAnswer>(`${endpoints.shot(key)}/note`, signal)).data;
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
  const query = new URLSearchParams({ why: options.why, name: file.name, ...levelOf(shot) });
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

