/** What the studio remembers: facts, what people said of takes, gates that they waived, and creative sessions. */

import { get } from "./client";
import { endpoints } from "./endpoints";
import type { Page } from "./types";

export interface Fact {
  id: string;
  subject: string;
  predicate: string;
  object: string;
  source: string;
  /** 0 to 1. */
  confidence: number;
  timestamp: string;
  ended_at: string | null;
}

export interface FactList {
  project: string;
  items: Fact[];
  /** Why there are none. */
  note: string;
}

export interface FeedbackItem {
  id: string;
  take_id: string;
  place: string;
  stage: string;
  opinion: string;
  reason: string;
  reason_words: string;
  note: string;
  who: string;
  at: string;
}

export interface WaiverItem {
  id: string;
  take_id: string;
  place: string;
  stage: string;
  gate: string;
  who: string;
  why: string;
  at: string;
}

export interface SessionItem {
  summary: {
    id: string;
    project_id: string;
    title: string;
    started_by: string;
    started_at: string;
    ended_at: string | null;
    episode_ids: string[];
    decisions: number;
    takes: number;
    accepted: number;
    rejected: number;
    masters: number;
    mean_score: number | null;
  };
  /** running, interrupted, failed, finished or delivered. */
  outcome: string;
}

export async function searchFacts(project: string, words: string, signal?: AbortSignal): Promise<FactList> {
  return (await get<FactList>(endpoints.facts(project, words), signal)).data;
}

/** `key` is a project, an episode or a shot; "" for everything. */
export async function listFeedback(key: string, after = "", signal?: AbortSignal): Promise<Page<FeedbackItem>> {
  return (await get<Page<FeedbackItem>>(endpoints.feedback(key, after), signal)).data;
}

export async function listWaivers(key: string, after = "", signal?: AbortSignal): Promise<Page<WaiverItem>> {
  return (await get<Page<WaiverItem>>(endpoints.waivers(key, after), signal)).data;
}

export async function listSessions(project: string, signal?: AbortSignal): Promise<SessionItem[]> {
  return (await get<{ items: SessionItem[] }>(endpoints.sessions(project), signal)).data.items;
}
