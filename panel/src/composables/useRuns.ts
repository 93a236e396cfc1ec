/** The work that runs now, for every page alike: polled while anybody looks, live for what runs. */

import { computed, ref, shallowRef, type ComputedRef, type Ref } from "vue";

import { listActiveRuns, readRun } from "@/api/resources";
import { hasEnded, watchRun } from "@/api/runEvents";
import type { RunView } from "@/api/types";
import { useToasts } from "@/composables/useToasts";
import { makes, runEnd } from "@/words";

const POLL_MS = 5000;
/** Browsers allow a page few connections at once; other runs are brought up to date by polling. */
const MAX_WATCHED = 2;

const runs = shallowRef<RunView[]>([]);
const error = ref<unknown>(null);
const endedCount = ref(0);
const watched = new Map<string, () => void>();
let timer: number | undefined;

/** Tell how a run has ended that was shown here while it ran. */
async function tellEnd({ id }: RunView): Promise<void> {
  const { tell, tellProblem } = useToasts();
  try {
    const run = await readRun(id);
    if (!hasEnded(run)) return;
    const { title, text, isGood } = runEnd(run);
    if (!isGood) tellProblem(title, text);
    else if (makes(run)) tell(title, text);
  } catch {
    // Whether the server answers is told by the list of runs, which is asked for again and again.
  }
}

/** Show a run as it is now. */
export function apply(change: RunView): void {
  runs.value = runs.value.map((run) => (run.id === change.id ? change : run));
  if (hasEnded(change)) void refresh();
}

export async function refresh(): Promise<void> {
  try {
    const before = runs.value;
    runs.value = await listActiveRuns();
    error.value = null;
    const ids = new Set(runs.value.map((run) => run.id));
    const ended = before.filter((run) => !ids.has(run.id));
    if (ended.length) endedCount.value += 1;
    for (const run of ended) void tellEnd(run);
    for (const [id, stop] of watched) {
      if (!ids.has(id)) {
        stop();
        watched.delete(id);
      }
    }
    for (const run of runs.value) {
      if (run.status === "running" && !watched.has(run.id) && watched.size < MAX_WATCHED) {
        watched.set(run.id, watchRun(run.id, apply));
      }
    }
  } catch (failure) {
    error.value = failure;
  }
}

function poll(): void {
  if (document.visibilityState === "visible") void refresh();
}

/** Begin to follow the runs, and return what ends it. */
export function followRuns(): () => void {
  poll();
  timer = window.setInterval(poll, POLL_MS);
  document.addEventListener("visibilitychange", poll);
  return () => {
    window.clearInterval(timer);
    document.removeEventListener("visibilitychange", poll);
    for (const stop of watched.values()) stop();
    watched.clear();
    runs.value = [];
  };
}

/** Return what changes whenever a run of an episode has come further, so that its pages read anew what is there. */
export function progressOf(episode: string): string {
  return runs.value
    .filter((run) => run.episode === episode)
    .map((run) => run.progress.stages.map(({ stage, made, rejected }) => `${stage} ${made} ${rejected}`).join())
    .join();
}

export interface Runs {
  runs: Ref<RunView[]>;
  active: ComputedRef<RunView[]>;
  /** Grows whenever a run has ended, so that pages read anew what it made. */
  endedCount: Ref<number>;
  error: Ref<unknown>;
  refresh: () => Promise<void>;
}

export function useRuns(): Runs {
  return { runs, active: computed(() => runs.value.filter((run) => !hasEnded(run))), endedCount, error, refresh };
}
