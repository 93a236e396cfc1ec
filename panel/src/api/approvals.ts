/** The approvals that a show asks for, as somebody decides about them. */

import { etagOf, get, post } from "./client";
import { endpoints } from "./endpoints";
import type { DecisionAnswer } from "./types";

export interface ChangedThing {
  subject: string;
  words: string;
  /** The file that was approved; null for what is new. */
  before_url: string | null;
  /** The file that there is now; null for what is gone. */
  after_url: string | null;
}

export interface Approval {
  what: "plan" | "keyframes" | "mix" | "master";
  /** `expired`: what was approved has changed. `not_made`: there is nothing to approve yet. */
  state: "waiting" | "approved" | "expired" | "not_made";
  /** What there is and what was decided about it; a decision is bound to it. */
  version: string;
  /** Who approved what there is, or what there was. */
  who: string | null;
  why: string | null;
  at: string | null;
  takes: number;
  changes: ChangedThing[];
}

export interface ApprovalEntry {
  what: string;
  decision: string;
  who: string;
  why: string;
  at: string;
}

export interface EpisodeApprovals {
  key: string;
  asked: Approval[];
  /** Oldest first. */
  history: ApprovalEntry[];
}

export async function readApprovals(episode: string, signal?: AbortSignal): Promise<EpisodeApprovals> {
  return (await get<EpisodeApprovals>(endpoints.approvals(episode), signal)).data;
}

/** Approve what was seen, and nothing else: refused with 412 if it has changed or somebody else has decided. */
export async function approve(episode: string, seen: Approval, why: string): Promise<DecisionAnswer> {
  const body = { why, seen: seen.version };
  return (await post<DecisionAnswer>(endpoints.approve(episode, seen.what), body, { ifMatch: etagOf(seen.version) })).data;
}

export async function withdraw(episode: string, seen: Approval, why: string): Promise<DecisionAnswer> {
  return (await post<DecisionAnswer>(endpoints.withdraw(episode, seen.what), { why }, { ifMatch: etagOf(seen.version) })).data;
}
