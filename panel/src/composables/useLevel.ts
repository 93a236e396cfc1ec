/** The level of quality whose takes a page shows, kept in its address. */

import { computed, type ComputedRef } from "vue";
import { useRoute, useRouter } from "vue-router";

import type { Level } from "@/api/types";

export const LEVELS: readonly Exclude<Level, "">[] = ["draft", "standard", "final"];

export interface ShownLevel {
  /** "" for the show's own. */
  level: ComputedRef<Level>;
  /** What a link to another page of the episode carries. */
  levelQuery: ComputedRef<{ quality?: Level }>;
  show: (level: Level) => void;
}

export function useLevel(): ShownLevel {
  const route = useRoute();
  const router = useRouter();
  const level = computed<Level>(() => LEVELS.find((one) => one === route.query["quality"]) ?? "");
  const levelQuery = computed(() => (level.value ? { quality: level.value } : {}));

  function show(to: Level): void {
    void router.replace({ query: { ...route.query, quality: to || undefined } });
  }

  return { level, levelQuery, show };
}
