/** What the panel asks of the API, by name. */

import { etagOf, get, post } from "./client";
import { endpoints, type ShotAction } from "./endpoints";
import type { DecisionAnswer, EpisodeSummary, Level, Me, Page, RunView, Storyboard, StoryboardShot } from "./types";

export async function readMe(): Promise<Me> {
  return (await get<Me>(endpoints.me())).data;
}

/** Return every episode of every project, page by page. */
export async function listEpisodes(signal?: AbortSignal): Promise<EpisodeSummary[]> {
  const episodes: EpisodeSummary[] = [];
  let after = "";
  do {
    const { data } = await get<Page<EpisodeSummary>>(endpoints.episodes(after), signal);
    episodes.push(...data.items);
    after = data.next ?? "";
  } while (after);
  return episodes;
}

/** `level`: whose takes are shown, "" for the show's own. */
export async function readStoryboard(episode: string, level: Level = "", signal?: AbortSignal): Promise<Storyboard> {
  return (await get<Storyboard>(endpoints.storyboard(episode, level), signal)).data;
}

export async function listActiveRuns(signal?: AbortSignal): Promise<RunView[]> {
  return (await get<Page<RunView>>(endpoints.runs(true), signal)).data.items;
}

export async function readRun(id: string, signal?: AbortSignal): Promise<RunView> {
  return (await get<RunView>(endpoints.run(id), signal)).data;
}

export interface Rejection {
  reason: string;
  note: string;
}

/** Decide about a shot as it was seen; refused with 412 if somebody else decided since. */
export async function decideShot(
  shot: Pick<StoryboardShot, "key" | "version">,
  action: ShotAction,
  body: object = {},
): Promise<DecisionAnswer> {
  return (await post<DecisionAnswer>(endpoints.shotAction(shot.key, action), body, { ifMatch: etagOf(shot.version) })).data;
}
