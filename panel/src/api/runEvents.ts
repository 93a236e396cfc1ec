/** Progress of runs by server-sent events. */

import { endpoints } from "./endpoints";
import type { RunView } from "./types";

const ENDED: readonly string[] = ["succeeded", "failed", "canceled"];

export function hasEnded(run: Pick<RunView, "status">): boolean {
  return ENDED.includes(run.status);
}

/**
 * Tell of a run whenever it has changed until it ends, and return what stops listening.
 *
 * The browser connects again by itself when a stream breaks, has lasted some minutes or was told a `problem`.
 */
export function watchRun(id: string, onChange: (run: RunView) => void): () => void {
  const source = new EventSource(endpoints.runEvents(id));
  const onMessage = (event: MessageEvent<string>) => {
    const run = JSON.parse(event.data) as RunView;
    if (hasEnded(run)) source.close();
    onChange(run);
  };
  source.addEventListener("progress", onMessage);
  source.addEventListener("end", onMessage);
  return () => source.close();
}
