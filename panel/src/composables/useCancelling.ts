/** The run that somebody asked to end, for the one dialog that confirms it. */

import { shallowRef, type Ref } from "vue";

import type { RunView } from "@/api/types";

const asked = shallowRef<RunView | null>(null);

export interface Cancelling {
  /** Null while nobody asks. */
  asked: Ref<RunView | null>;
  ask: (run: RunView) => void;
}

/** Lists of runs come and go, also with the focus; the question stays. */
export function useCancelling(): Cancelling {
  return { asked, ask: (run) => (asked.value = run) };
}
