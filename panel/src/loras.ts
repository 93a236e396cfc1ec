/** LoRAs of a character or a style as rows of a form, and the changes of the file that an edit of them makes. */

import type { CharacterPage } from "@/api/shows";
import type { Change } from "@/fields";

export type Lora = CharacterPage["loras"][number];

export interface LoraRow {
  file: string;
  base_model: string;
  strength_model: number | string;
  strength_clip: number | string;
  trigger: string;
  stage: string;
  /** Its place among those of the file; null for a new one. */
  at: number | null;
}

const KEYS = ["file", "base_model", "strength_model", "strength_clip", "trigger", "stage"] as const;

/** Where LoRAs are in a file: below which keys, and whether the first one is under `lora`. */
export interface LoraPlace {
  below: readonly string[];
  hasOwn: boolean;
}

export function rowsOf(loras: readonly Lora[]): LoraRow[] {
  return loras.map((lora, at) => ({ ...newRow(), ...Object.fromEntries(KEYS.map((key) => [key, lora[key] ?? ""])), at }));
}

export function newRow(): LoraRow {
  return { file: "", base_model: "", strength_model: 0.8, strength_clip: 0.8, trigger: "", stage: "", at: null };
}

function pathOf(at: number, { below, hasOwn }: LoraPlace): (string | number)[] {
  if (hasOwn && at === 0) return [...below, "lora"];
  return [...below, "loras", hasOwn ? at - 1 : at];
}

function plain(key: (typeof KEYS)[number], value: string | number): string | number {
  return key.startsWith("strength") ? Number(value) : String(value).trim();
}

/** Return the changes that make the rows of what the file has: single values first, then what goes, then what is new. */
export function loraChanges(loras: readonly Lora[], rows: readonly LoraRow[], place: LoraPlace): Change[] {
  const kept = new Map(rows.flatMap((row) => (row.at === null ? [] : [[row.at, row] as const])));
  const sets = loras.flatMap((lora, at): Change[] => {
    const row = kept.get(at);
    if (!row) return [];
    return KEYS.flatMap((key): Change[] => {
      const [was, is] = [plain(key, lora[key] ?? ""), plain(key, row[key])];
      if (was === is) return [];
      const path = [...pathOf(at, place), key];
      return [is === "" ? { path, action: "remove" } : { path, action: "set", value: is }];
    });
  });
  const gone = loras.map((_, at) => at).filter((at) => !kept.has(at));
  const first = place.hasOwn ? 1 : 0;
  const ofList = gone.filter((at) => at >= first);
  const isListGone = ofList.length > 0 && ofList.length === loras.length - first;
  const removals = [
    ...(isListGone ? [[...place.below, "loras"]] : ofList.toReversed().map((at) => pathOf(at, place))),
    ...(place.hasOwn && gone.includes(0) ? [[...place.below, "lora"]] : []),
  ].map((path): Change => ({ path, action: "remove" }));
  const added = rows.filter((row) => row.at === null && row.file.trim()).map((row): Change => {
    const value = Object.fromEntries(KEYS.map((key) => [key, plain(key, row[key])] as const).filter(([, one]) => one !== ""));
    return { path: [...place.below, "loras"], action: "append", value };
  });
  return [...sets, ...removals, ...added];
}
