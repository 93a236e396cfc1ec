/** What a shot's page shows of takes, gates and frames, apart from how it is drawn. */

import type { GateResult, NeighbourShot, Region, Shot, ShotTake, StageTakes, TakeSummary } from "@/api/shots";
import { sentence } from "@/words";

/** The smallest side of a region that the server takes, px. */
export const MIN_REGION_PX = 16;

/** How a take stands, as one word of `StateChip`. */
export function takeState(take: ShotTake): string {
  if (take.rejection) return "rejected";
  return take.summary.state === "rejected" ? "failed_gate" : take.summary.state;
}

/** How an attempt stands, as one word of `StateChip`; the record says it in words. */
export function attemptState(state: string): string {
  return { waiting: "queued", "being made": "running", "could not be made": "failed" }[state] ?? state;
}

/** Return the stage that a page opens with: the clip if it is in use, else what is furthest. */
export function openingStage(shot: Shot): StageTakes | null {
  const used = shot.stages.filter((stage) => stage.takes.some((take) => take.is_used));
  return used.at(-1) ?? shot.stages.at(-1) ?? null;
}

export function takesOf(shot: Shot): ShotTake[] {
  return shot.stages.flatMap((stage) => stage.takes);
}

export function isVideo(take: Pick<TakeSummary, "url">): boolean {
  return /\.(mp4|webm|mov|mkv|m4v)(\?|$)/i.test(take.url);
}

/** Whether a person brought it. */
export function isBrought(take: ShotTake): boolean {
  return take.summary.engine === "brought";
}

/** What a take is called in a list: `Attempt 2`, with its rank among several of one job. */
export function takeName(take: ShotTake): string {
  const rank = take.candidate === null ? "" : `, candidate ${take.candidate + 1}`;
  return `Attempt ${take.summary.attempt}${rank}`;
}

/** `keyframes_are_sharp` becomes "Keyframes are sharp". */
export function gateName(gate: string): string {
  return sentence(gate);
}

/** Return a number with as many digits as a person reads. */
export function figure(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : size >= 1 ? value.toFixed(2) : value.toPrecision(2);
}

/** Return what a gate asks for, in words. */
export function barText(gate: Pick<GateResult, "low" | "high"> & { good?: number | null | undefined }): string {
  const bars = [];
  if (gate.low !== null && gate.high !== null) {
    bars.push(gate.low === gate.high ? `exactly ${figure(gate.low)}` : `${figure(gate.low)} to ${figure(gate.high)}`);
  } else if (gate.low !== null) bars.push(`at least ${figure(gate.low)}`);
  else if (gate.high !== null) bars.push(gate.high === 0 ? "none allowed" : `at most ${figure(gate.high)}`);
  if (gate.good !== null && gate.good !== undefined) bars.push(`good at ${figure(gate.good)}`);
  return bars.join(", ");
}

/** Where a gate's value, bars and good stand on its track, 0 to 1. */
export interface GateScale {
  value: number;
  bars: number[];
  good: number | null;
  /** What passes. */
  from: number;
  to: number;
}

export function gateScale(gate: GateResult): GateScale {
  const marks = [gate.value, gate.low, gate.high, gate.good].filter((mark): mark is number => mark !== null);
  let [least, most] = [Math.min(0, ...marks), Math.max(...marks)];
  if (most === least) most = least + 1;
  const room = (most - least) * 0.08;
  if (least < 0) least -= room;
  most += room;
  const at = (value: number) => (value - least) / (most - least);
  return {
    value: at(gate.value),
    bars: [gate.low, gate.high].filter((bar): bar is number => bar !== null).map(at),
    good: gate.good === null ? null : at(gate.good),
    from: gate.low === null ? 0 : at(gate.low),
    to: gate.high === null ? 1 : at(gate.high),
  };
}

function rankOf(gate: GateResult): number {
  if (gate.passed) return 2;
  return gate.waived ? 1 : 0;
}

/** Return gate results with those that reject first; the order is kept otherwise. */
export function failedFirst(gates: readonly GateResult[]): GateResult[] {
  return gates.toSorted((one, other) => rankOf(one) - rankOf(other));
}

function clamp(value: number, low: number, high: number): number {
  return Math.round(Math.max(low, Math.min(high, value)));
}

/** Return a region moved or resized, kept inside the picture and no smaller than the server takes. */
export function fitRegion(region: Region, width: number, height: number): Region {
  const w = clamp(region[2], Math.min(MIN_REGION_PX, width), width);
  const h = clamp(region[3], Math.min(MIN_REGION_PX, height), height);
  return [clamp(region[0], 0, width - w), clamp(region[1], 0, height - h), w, h];
}

/** Return the region between two corners. */
export function regionBetween(x1: number, y1: number, x2: number, y2: number, width: number, height: number): Region {
  const region: Region = [Math.min(x1, x2), Math.min(y1, y2), Math.abs(x2 - x1), Math.abs(y2 - y1)];
  return fitRegion(region, width, height);
}

/** The time of the middle of a frame, so that no rounding shows its neighbour. */
export function frameTime(frame: number, fps: number): number {
  return (frame + 0.5) / fps;
}

export function frameAt(seconds: number, fps: number): number {
  return Math.max(0, Math.floor(seconds * fps + 0.01));
}

/** What of a shot beside this one is seen at the cut. */
export interface Edge {
  shot: NeighbourShot;
  /** Of the shot before its last frame is seen, of the next its first. */
  side: "previous" | "next";
}

/** Return when something was, as people write it. */
export function moment(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

export function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(value) ?? String(value);
}

export function bytesText(bytes: number): string {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
