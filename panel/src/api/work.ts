/** Work that is started: what it would cost, and its beginning. */

import { get, post } from "./client";
import { endpoints } from "./endpoints";
import type { Estimate, RunRequest, RunView } from "./types";
import { episodeOf } from "@/words";

/** Return what a run would begin; shots are always made again. */
export async function estimateRun(request: RunRequest, signal?: AbortSignal): Promise<Estimate> {
  const { kind, keys, stages = [], quality = "", force = false } = request;
  const [first = ""] = keys;
  const address =
    kind === "shots"
      ? endpoints.estimateRun(episodeOf(first), { shots: keys, stages, quality, again: true })
      : endpoints.estimateRun(first, { shots: [], stages, quality, again: force });
  return (await get<Estimate>(address, signal)).data;
}

/** Start a run; give the same key again to repeat a request that was not answered. */
export async function beginRun(request: RunRequest, idempotencyKey: string): Promise<RunView> {
  return (await post<RunView>(endpoints.runs(), request, { idempotencyKey })).data;
}

/** Ask a run to end; what it has made is kept. */
export async function cancelRun(id: string): Promise<RunView> {
  return (await post<RunView>(endpoints.cancelRun(id), {})).data;
}
