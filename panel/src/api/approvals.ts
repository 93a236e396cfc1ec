/** The approvals that a show asks for, as somebody decides about them. */

import { etagOf, get, post } from "./client";
import { endpoints } from "./endpoints";
import type { ApprovalPage, EpisodeApprovals } from "./schema";
import type { DecisionAnswer, Level } from "./types";

export type { ApprovalPage as Approval } from "./schema";

/** `level`: whose takes are approved, "" for the show's own. */
export async function readApprovals(episode: string, level: Level, signal?: AbortSignal): Promise<EpisodeApprovals> {
  return (await get<EpisodeApprovals>(endpoints.approvals(episode, level), signal)).data;
}

/** Approve what was seen, and nothing else: refused with 412 if it has changed or somebody else has decided. */
export async function approve(episode: string, seen: ApprovalPage, why: string, level: Level): Promise<DecisionAnswer> {
  const body = { why, seen: seen.version, ...(level ? { quality: level } : {}) };
  return (await post<DecisionAnswer>(endpoints.approve(episode, seen.what), body, { ifMatch: etagOf(seen.version) })).data;
}

export async function withdraw(episode: string, seen: ApprovalPage, why: string): Promise<DecisionAnswer> {
  return (await post<DecisionAnswer>(endpoints.withdraw(episode, seen.what), { why }, { ifMatch: etagOf(seen.version) })).data;
}
