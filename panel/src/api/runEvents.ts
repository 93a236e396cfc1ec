/** Progress of runs by server-sent events. */

import { endpoints } from "./endpoints";
import type { RunView } from "./types";

const ENDED: readonly string[] = ["succeeded", "failed", "canceled"];

export function hasEnded(run: Pick<RunView, "status">): boolean {
  return ENDED.includes(run.status);
}

/**
 * Tell of each change of a run until it ends, and return what stops listening.
 *
 * The browser connects again by itself after a broken connection.
 */
export function watchRun(id: string, onChange: (change: Partial<RunView>) => void): () => void {
  const source = new EventSource(endpoints.runEvents(id));
  const onMessage = (event: MessageEvent<string>) => {
    const change = JSON.parse(event.data) as Partial<RunView>;
    onChange(change);
    if (change.status && ENDED.includes(change.status)) source.close();
  };
  source.addEventListener("message", onMessage);
  for (const name of ["run", "progress", "end"]) source.addEventListener(name, onMessage as EventListener);
  return () => source.close();
}
