/** Shots that are likely to be opened next are read, with their pictures, while nobody waits. */

import { onScopeDispose, toValue, watch, type MaybeRefOrGetter } from "vue";

import { prefetchShot } from "@/api/shots";
import type { Level } from "@/api/types";
import { openingStage } from "@/shot";

const IDLE_MS = 400;

/** Read these shots once they have stayed the same for a moment, at the level of quality that is looked at. */
export function useShotPrefetch(keys: () => readonly string[], level: MaybeRefOrGetter<Level> = ""): void {
  let timer: number | undefined;
  watch(
    () => keys().join(" "),
    (names) => {
      window.clearTimeout(timer);
      if (names) timer = window.setTimeout(() => names.split(" ").forEach((name) => void prefetch(name, toValue(level))), IDLE_MS);
    },
    { immediate: true },
  );
  onScopeDispose(() => window.clearTimeout(timer));
}

async function prefetch(key: string, level: Level): Promise<void> {
  try {
    const thumb = openingStage(await prefetchShot(key, level))?.takes[0]?.summary.thumb_url;
    if (thumb) new Image().src = thumb;
  } catch {
    // Nobody asked for it yet: whoever opens the shot is told.
  }
}
