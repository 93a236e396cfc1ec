/** Why a person may reject a take: the list of `tower reject`, so that reasons can be counted. */

import { get } from "./client";
import { endpoints } from "./endpoints";
import type { ReasonItem } from "./schema";
import type { Page } from "./types";

export type { ReasonItem as Reason } from "./schema";

let reasons: Promise<ReasonItem[]> | null = null;

/** Return the reasons for which a take may be rejected; they are asked for once. */
export function listRejectReasons(): Promise<ReasonItem[]> {
  reasons ??= get<Page<ReasonItem>>(endpoints.reasons()).then(
    ({ data }) => data.items.filter((reason) => reason.may_reject),
    (error: unknown) => {
      reasons = null;
      throw error;
    },
  );
  return reasons;
}
