/**
 * What several pages read and send, by the names that the panel has for it.
 *
 * `schema.d.ts` is generated of the API's own document: `npm run schema`, which `npm run check` begins with.
 */

import type { RunStartRequest, StoryboardShot } from "./schema";

export type {
  DecisionAnswer,
  EpisodeStoryboard as Storyboard,
  EpisodeSummary,
  EstimateAnswer as Estimate,
  EstimateCapAnswer as EstimateCap,
  EstimateStageAnswer as EstimateStage,
  Me,
  Problem,
  ProblemFault,
  RunAnswer as RunView,
  StoryboardScene,
  StoryboardShot,
  TakeSummary,
} from "./schema";

/** A page of a list: `next` is given back as `after`. */
export interface Page<Item> {
  items: Item[];
  next: string | null;
}

/** A request with the fields that it needs; the API has defaults for the others. */
export type Sent<Body, Needed extends keyof Body> = Pick<Body, Needed> & Partial<Body>;

export type RunRequest = Sent<RunStartRequest, "kind" | "keys">;

/** A level of quality, "" for the show's own. */
export type Level = RunStartRequest["quality"];

/** What a decision about what a page shows says of its level: nothing where that is the show's own. */
export function levelOf(shown: { quality: string; own_quality: string }): { quality?: Level } {
  return shown.quality === shown.own_quality ? {} : { quality: shown.quality as Level };
}

export type ShotState = StoryboardShot["state"];
