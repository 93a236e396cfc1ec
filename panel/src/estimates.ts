/** Estimates put together: what several runs would begin, as one sum of which nothing is guessed. */

import type { Estimate, EstimateCap } from "@/api/types";

export interface CapLine {
  id: string;
  what: string;
  place: string;
  unit: string;
  limit: number;
  left: number;
  /** Null if nobody can say. */
  expected: number | null;
  leftAfter: number | null;
}

export interface EstimateSum {
  takes: number;
  jobs: number;
  seconds: number | null;
  gpu_s: number | null;
  money: number | null;
  currency: string;
  most_gpu_s: number | null;
  most_money: number | null;
  caps: CapLine[];
  unknown: string[];
  notes: string[];
  refusals: string[];
  /** Some of it may begin. */
  canBegin: boolean;
  /** The caps have room for all of it. */
  fits: boolean;
}

/** Return a sum; null if a part of it is not known. */
export function total(amounts: readonly (number | null)[]): number | null {
  return amounts.reduce<number | null>((sum, amount) => (sum === null || amount === null ? null : sum + amount), 0);
}

function capLines(caps: readonly EstimateCap[]): CapLine[] {
  const lines = new Map<string, CapLine>();
  for (const { what, place, key, unit, limit, left, expected } of caps) {
    const id = [what, place, key, unit].join(" ");
    const line = lines.get(id);
    const both = total([line ? line.expected : 0, expected]);
    const rest = line ? line.left : left;
    lines.set(id, { id, what, place, unit, limit, left: rest, expected: both, leftAfter: both === null ? null : rest - both });
  }
  return [...lines.values()];
}

export function sumEstimates(estimates: readonly Estimate[]): EstimateSum {
  const sum = (read: (estimate: Estimate) => number | null) => total(estimates.map(read));
  const texts = (read: (estimate: Estimate) => string[]) => [...new Set(estimates.flatMap(read))];
  const caps = capLines(estimates.flatMap((one) => one.caps));
  return {
    takes: sum((one) => one.takes) ?? 0,
    jobs: sum((one) => one.jobs) ?? 0,
    seconds: sum((one) => one.seconds),
    gpu_s: sum((one) => one.gpu_s),
    money: sum((one) => one.money),
    currency: estimates.find((one) => one.currency)?.currency ?? "",
    most_gpu_s: sum((one) => one.most_gpu_s),
    most_money: sum((one) => one.most_money),
    caps,
    unknown: texts((one) => one.unknown),
    notes: texts((one) => one.notes),
    refusals: texts((one) => one.refusals),
    canBegin: estimates.some((one) => one.can_begin),
    fits: estimates.every((one) => one.fits) && caps.every((cap) => cap.leftAfter === null || cap.leftAfter >= 0),
  };
}

/** `nobody can say` for what is not known, and nothing rounded to zero. */
export function amountText(amount: number | null, unit: string): string {
  if (amount === null) return "nobody can say";
  if (unit === "GPU s") return durationText(amount);
  const digits = amount !== 0 && Math.abs(amount) < 0.1 ? 4 : 2;
  return `${amount.toFixed(digits)} ${unit}`;
}

/** Return seconds as people say them: `48 s`, `12 min`, `3.5 h`. */
export function durationText(seconds: number | null): string {
  if (seconds === null) return "nobody can say";
  const size = Math.abs(seconds);
  if (size < 10 && size !== Math.round(size)) return `${seconds.toFixed(1)} s`;
  if (size < 120) return `${Math.round(seconds)} s`;
  if (size < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
