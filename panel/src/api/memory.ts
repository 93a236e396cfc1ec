/** What the studio remembers: facts, what people said of takes, gates that they waived, and creative sessions. */

import { get } from "./client";
import { endpoints } from "./endpoints";
import type { FactList, FeedbackItem, SessionItem, WaiverItem } from "./schema";
import type { Page } from "./types";

export type { FactItem as Fact, FactList, FeedbackItem, SessionItem, WaiverItem } from "./schema";

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
  return (await get<Page<SessionItem>>(endpoints.sessions(project), signal)).data.items;
}
