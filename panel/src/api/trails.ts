/** How an episode, a shot and an attempt were made, from the record, and the scores of an episode. */

import { get } from "./client";
import { endpoints } from "./endpoints";
import type { AttemptPage, EpisodeScores, TrailPage } from "./schema";

export type { AttemptPage, AttemptRow, ConsultationTrail as Consultation, TakeTrail as AttemptTake } from "./schema";

export async function readTrail(key: string, signal?: AbortSignal): Promise<TrailPage> {
  return (await get<TrailPage>(endpoints.trail(key), signal)).data;
}

/** Read an attempt by the id of its decision, or of a take that came of it. */
export async function readAttempt(id: string, signal?: AbortSignal): Promise<AttemptPage> {
  return (await get<AttemptPage>(endpoints.attempt(id), signal)).data;
}

export async function readScores(episode: string, signal?: AbortSignal): Promise<EpisodeScores> {
  return (await get<EpisodeScores>(endpoints.scores(episode), signal)).data;
}
