/** A screenplay and what was said of it, line by line. */

import type { EditPreview, Fault, PlannedTake, ScriptScene, StoryWarning } from "@/api/shows";

/** "fault" stops the episode, "warning" is used otherwise than written, "note" was left open. */
export type RemarkTone = "fault" | "warning" | "note";

export interface Remark {
  tone: RemarkTone;
  file: string;
  /** From 1; 0 for the whole file. */
  line: number;
  text: string;
  remedy: string;
}

export const REMARK_WORDS: Readonly<Record<RemarkTone, string>> = { fault: "Fault", warning: "Warning", note: "Note" };
export const REMARK_CHIPS: Readonly<Record<RemarkTone, string>> = { fault: "bad", warning: "warn", note: "info" };

/** Return faults, warnings and notes as one list, in the order of their lines. */
export function remarksOf(faults: readonly Fault[], warnings: readonly StoryWarning[]): Remark[] {
  const remarks = [
    ...faults.map(({ file, line, problem, expected, remedy }): Remark => ({ tone: "fault", file, line, text: `${problem}. Expected ${expected}.`, remedy })),
    ...warnings.map(({ file, line, problem, instead, remedy, is_note }): Remark => ({ tone: is_note ? "note" : "warning", file, line, text: `${problem}: ${instead}.`, remedy })),
  ];
  return remarks.toSorted((one, other) => one.line - other.line);
}

export function isAbout(remark: Remark, file: string): boolean {
  return remark.file === file || remark.file.endsWith(`/${file}`);
}

/** Return a file's remarks by line. */
export function remarksByLine(remarks: readonly Remark[], file: string): Map<number, Remark[]> {
  const byLine = new Map<number, Remark[]>();
  for (const remark of remarks) {
    if (isAbout(remark, file)) byLine.set(remark.line, [...(byLine.get(remark.line) ?? []), remark]);
  }
  return byLine;
}

export function linesOf(text: string): string[] {
  return text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
}

/** Return the line of each scene's heading, found in their order; null where it is not written as it was understood. */
export function headingLines(text: string, scenes: readonly Pick<ScriptScene, "heading">[]): (number | null)[] {
  const lines = linesOf(text).map((line) => line.toUpperCase());
  let from = 0;
  return scenes.map(({ heading }) => {
    const at = lines.findIndex((line, number) => number >= from && heading !== "" && line.includes(heading.toUpperCase()));
    if (at < 0) return null;
    from = at + 1;
    return from;
  });
}

export interface DiffLine {
  kind: "added" | "removed" | "same" | "place";
  text: string;
}

/** Return the lines of a unified diff without the names of its files. */
export function diffLines(diff: string): DiffLine[] {
  const lines = diff.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const body = lines[0]?.startsWith("--- ") ? lines.slice(2) : lines;
  return body.map((line) => {
    if (line.startsWith("@@") || line.startsWith("\\")) return { kind: "place", text: line };
    const kind = line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "same";
    return { kind, text: line.slice(1) };
  });
}

/** Return how many takes of each stage, the most first. */
export function countStages(takes: readonly PlannedTake[]): { stage: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { stage } of takes) counts.set(stage, (counts.get(stage) ?? 0) + 1);
  return [...counts].map(([stage, count]) => ({ stage, count })).toSorted((one, other) => other.count - one.count);
}

/** Return the seconds of what an edit makes again, in all its episodes. */
export function madeSeconds(preview: Pick<EditPreview, "replans">): number {
  return preview.replans.flatMap(({ made }) => made).reduce((sum, take) => sum + take.seconds, 0);
}

export function madeCount(preview: Pick<EditPreview, "replans">): number {
  return preview.replans.reduce((sum, { made }) => sum + made.length, 0);
}
