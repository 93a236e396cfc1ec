/** The reasons of a dialog that asks for one, read when it opens; what went wrong is told in it. */

import { ref, shallowRef, watch, type Ref } from "vue";

import { listRejectReasons, type Reason } from "@/api/reasons";

export interface RejectReasons {
  reasons: Ref<Reason[]>;
  error: Ref<unknown>;
}

export function useRejectReasons(isOpen: Ref<boolean>): RejectReasons {
  const reasons = shallowRef<Reason[]>([]);
  const error = ref<unknown>(null);
  watch(
    isOpen,
    async (open) => {
      if (!open) return;
      error.value = null;
      try {
        reasons.value = await listRejectReasons();
      } catch (failure) {
        error.value = failure;
      }
    },
    { immediate: true },
  );
  return { reasons, error };
}
