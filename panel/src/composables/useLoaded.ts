/** Something that a page reads from the server: while it is read, when it is there, and when it failed. */

import { onScopeDispose, ref, shallowRef, watch, type Ref, type WatchSource } from "vue";

export interface Loaded<Data> {
  data: Ref<Data | null>;
  error: Ref<unknown>;
  isLoading: Ref<boolean>;
  /** Read it again; what is shown stays until the answer is there. */
  reload: () => Promise<void>;
}

/**
 * Read something now, and again whenever `source` changes.
 *
 * What is asked for earlier and answered later is dropped.
 */
export function useLoaded<Data>(
  load: (signal: AbortSignal) => Promise<Data>,
  source: WatchSource<unknown> = () => null,
): Loaded<Data> {
  const data = shallowRef<Data | null>(null);
  const error = ref<unknown>(null);
  const isLoading = ref(false);
  let controller = new AbortController();

  async function reload(): Promise<void> {
    controller.abort();
    const current = (controller = new AbortController());
    isLoading.value = true;
    try {
      const answer = await load(current.signal);
      if (current.signal.aborted) return;
      data.value = answer;
      error.value = null;
    } catch (failure) {
      if (!current.signal.aborted) error.value = failure;
    } finally {
      if (!current.signal.aborted) isLoading.value = false;
    }
  }

  watch(
    source,
    () => {
      data.value = null;
      void reload();
    },
    { immediate: true },
  );
  onScopeDispose(() => controller.abort());
  return { data, error, isLoading, reload };
}
