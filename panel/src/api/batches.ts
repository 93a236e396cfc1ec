/** One action on many shots, and what the next night would make. */

import { get, post } from "./client";
import { endpoints } from "./endpoints";
import type { NightList, ShotBatchAction, ShotBatchAnswer, ShotBatchItem, ShotBatchRequest } from "./schema";
import type { Sent, StoryboardShot } from "./types";

export type { NightItem as NightEpisode, NightList as Night, ShotBatchItem as BatchItem } from "./schema";

/** What the page Batch offers of it. */
export type BatchAction = Extract<ShotBatchAction, "approve" | "reject" | "readmit" | "lock" | "release">;

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
): Promise<ShotBatchItem[]> {
  const items: ShotBatchItem[] = [];
  for (let start = 0; start < shots.length; start += MOST_SHOTS) {
    const part = shots.slice(start, start + MOST_SHOTS);
    const said = action === "reject" ? { reason: words.reason, note: words.note } : { why: words.why };
    const body: Sent<ShotBatchRequest, "action" | "shots"> = {
      action,
      shots: part.map(({ key }) => key),
      seen: Object.fromEntries(part.map(({ key, version }) => [key, version])),
      ...said,
    };
    items.push(...(await post<ShotBatchAnswer>(endpoints.batch(), body)).data.items);
  }
  return items;
}

export async function readNight(signal?: AbortSignal): Promise<NightList> {
  return (await get<NightList>(endpoints.nights(), signal)).data;
}
