/** One action on many shots, and what the next night would make. */

import { get, post } from "./client";
import { endpoints } from "./endpoints";
import type { DecisionAnswer, Problem, StoryboardShot } from "./types";

export type BatchAction = "approve" | "reject" | "readmit" | "lock" | "release";

export interface BatchItem {
  shot: string;
  decision: DecisionAnswer | null;
  problem: Problem | null;
}

export interface BatchWords {
  /** To reject: one of the list. */
  reason: string;
  /** To reject: what else there is to say. */
  note: string;
  why: string;
}

/** So many shots at a time; the server takes no more. */
const MOST_SHOTS = 500;

/** Decide about each shot as it was seen, and return what came of each. */
export async function decideShots(
  action: BatchAction,
  shots: readonly Pick<StoryboardShot, "key" | "version">[],
  words: BatchWords,
): Promise<BatchItem[]> {
  const items: BatchItem[] = [];
  for (let start = 0; start < shots.length; start += MOST_SHOTS) {
    const part = shots.slice(start, start + MOST_SHOTS);
    const said = action === "reject" ? { reason: words.reason, note: words.note } : { why: words.why };
    const body = {
      action,
      shots: part.map(({ key }) => key),
      seen: Object.fromEntries(part.map(({ key, version }) => [key, version])),
      ...said,
    };
    items.push(...(await post<{ items: BatchItem[] }>(endpoints.batch(), body)).data.items);
  }
  return items;
}

/** What a night would make of an episode; null is what nobody can say. */
export interface NightEpisode {
  key: string;
  title: string;
  takes: number | null;
  seconds: number | null;
  gpu_s: number | null;
  money: number | null;
  /** "" where no prices are set. */
  currency: string;
  /** Approvals without which it goes on no further. */
  waits_for: string[];
  /** Why it would be skipped; "" if it would not. */
  problem: string;
}

export interface Night {
  /** When it begins, such as "23:30 Europe/Berlin"; "" where no time is set. */
  time: string;
  /** GPU seconds that a night may take; null for no limit. */
  gpu_limit_s: number | null;
  /** Finished ones among them. */
  episodes: NightEpisode[];
}

export async function readNight(signal?: AbortSignal): Promise<Night> {
  return (await get<Night>(endpoints.nights(), signal)).data;
}
