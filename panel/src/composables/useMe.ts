/** Who stands on record for what is done here, and what they may do. */

import { computed, ref, shallowRef, type ComputedRef, type Ref } from "vue";

import { readMe } from "@/api/resources";
import type { Me } from "@/api/types";

const me = shallowRef<Me | null>(null);
const error = ref<unknown>(null);

export interface Caller {
  me: Ref<Me | null>;
  error: Ref<unknown>;
  canDirect: ComputedRef<boolean>;
  canSpend: ComputedRef<boolean>;
  load: () => Promise<void>;
}

export function useMe(): Caller {
  return {
    me,
    error,
    canDirect: computed(() => me.value !== null && me.value.scope !== "read"),
    canSpend: computed(() => me.value?.scope === "spend"),
    load: async () => {
      try {
        me.value = await readMe();
        error.value = null;
      } catch (failure) {
        error.value = failure;
      }
    },
  };
}
