/** A list that comes in pages: what was read of it so far, and the next page of it. */

import { computed, ref, shallowRef, type ComputedRef, type Ref, type WatchSource } from "vue";

import type { Page } from "@/api/types";

import { useLoaded } from "./useLoaded";

export interface Paged<Item> {
  items: ComputedRef<Item[] | null>;
  error: Ref<unknown>;
  isLoading: Ref<boolean>;
  hasMore: ComputedRef<boolean>;
  readMore: () => Promise<void>;
  reload: () => Promise<void>;
}

export function usePaged<Item>(
  load: (after: string, signal?: AbortSignal) => Promise<Page<Item>>,
  source: WatchSource<unknown> = () => null,
): Paged<Item> {
  const further = shallowRef<Item[]>([]);
  const next = ref<string | null>(null);
  const first = useLoaded(async (signal) => {
    const page = await load("", signal);
    [further.value, next.value] = [[], page.next];
    return page.items;
  }, source);

  async function readMore(): Promise<void> {
    const after = next.value;
    if (after === null || first.isLoading.value) return;
    first.isLoading.value = true;
    try {
      const page = await load(after);
      if (next.value === after) [further.value, next.value] = [[...further.value, ...page.items], page.next];
    } catch (failure) {
      first.error.value = failure;
    } finally {
      first.isLoading.value = false;
    }
  }

  return {
    items: computed(() => (first.data.value ? [...first.data.value, ...further.value] : null)),
    error: first.error,
    isLoading: first.isLoading,
    hasMore: computed(() => next.value !== null),
    readMore,
    reload: first.reload,
  };
}
