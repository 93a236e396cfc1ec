/** What runs would begin, read anew whenever their dialog opens, and why they may not be begun. */

import { computed, onBeforeUnmount, ref, shallowRef, watch, type ComputedRef, type Ref } from "vue";

import type { Estimate, RunRequest } from "@/api/types";
import { estimateRun } from "@/api/work";
import { useMe } from "@/composables/useMe";
import { sumEstimates } from "@/estimates";

export interface Estimates {
  /** Null while they are read. */
  estimates: Ref<Estimate[] | null>;
  error: Ref<unknown>;
  /** Why nothing can begin; "" if it can, or nobody knows yet. */
  obstacle: ComputedRef<string>;
  load: () => Promise<void>;
}

/** `isAsked`: somebody looks at what it costs. */
export function useEstimates(isAsked: () => boolean, requests: () => readonly RunRequest[]): Estimates {
  const { canSpend } = useMe();
  const estimates = shallowRef<Estimate[] | null>(null);
  const error = ref<unknown>(null);
  let controller = new AbortController();

  const obstacle = computed(() => {
    if (!canSpend.value) return "Your token may not start work.";
    if (!estimates.value) return "";
    const { takes, canBegin } = sumEstimates(estimates.value);
    if (!takes) return "There is nothing to make.";
    return canBegin ? "" : "The caps have no room for it.";
  });

  async function load(): Promise<void> {
    controller.abort();
    const { signal } = (controller = new AbortController());
    [estimates.value, error.value] = [null, null];
    try {
      const found = await Promise.all(requests().map((request) => estimateRun(request, signal)));
      if (!signal.aborted) estimates.value = found;
    } catch (failure) {
      if (!signal.aborted) error.value = failure;
    }
  }

  watch(
    isAsked,
    (asked) => {
      if (asked) void load();
      else controller.abort();
    },
    { immediate: true },
  );
  onBeforeUnmount(() => controller.abort());

  return { estimates, error, obstacle, load };
}
