/** How a show's takes did: series over time, tables, costs, and what was learned. */

import { get } from "./client";
import { endpoints } from "./endpoints";

/** A point of a curve, over the attempts before it. */
export interface SeriesPoint {
  /** Its number, from 1. */
  attempt: number;
  at: string;
  /** 0 to 1. */
  value: number;
  low: number | null;
  high: number | null;
}

export interface StageSeries {
  stage: string;
  acceptance: SeriesPoint[];
  scores: SeriesPoint[];
}

export interface GroupFigures {
  stage: string;
  engine: string;
  /** "" for all of an engine, else "framing", "mood" or "character". */
  by: string;
  value: string;
  attempts: number;
  accepted: number;
  low: number;
  high: number;
  mean_score: number | null;
  rejected_most_by: string;
}

export interface CostFigures {
  stage: string;
  engine: string;
  takes: number;
  accepted: number;
  takes_per_accepted: number | null;
  mean_score: number | null;
  median_s: number | null;
  p95_s: number | null;
  /** All of it, s. */
  cpu_s: number;
  gpu_s: number;
  cpu_s_per_accepted: number | null;
  gpu_s_per_accepted: number | null;
}

/** What the gates measured over every take. */
export interface MeasureFigures {
  stage: string;
  gate: string;
  measure: string;
  unit: string;
  takes: number;
  /** 0 to 1. */
  passed_share: number;
  least: number;
  median: number;
  most: number;
}

export interface WorkflowFigures {
  engine: string;
  stage: string;
  runs: number;
  succeeded: number;
  accepted: number;
  median_s: number | null;
  p95_s: number | null;
  gpu_s_per_accepted: number | null;
  mean_score: number | null;
}

export interface LearnedPattern {
  stage: string;
  engine: string;
  text: string;
  samples: number;
  mean_score: number | null;
}

export interface LearnedLesson {
  shot: string;
  director: string;
  learned: string[];
  recommendations: string[];
  at: string;
}

export interface Quality {
  project: string;
  attempts: number;
  /** Share of the attempts, 0 to 1. */
  accepted: number;
  accepted_low: number;
  accepted_high: number;
  attempts_per_accepted: number | null;
  mean_score: number | null;
  opinions: number;
  stages: StageSeries[];
  groups: GroupFigures[];
  costs: CostFigures[];
  measures: MeasureFigures[];
  workflows: WorkflowFigures[];
  /** How many attempts each gate or opinion rejected. */
  rejections: Record<string, number>;
  patterns: LearnedPattern[];
  lessons: LearnedLesson[];
}

export async function readQuality(project: string, signal?: AbortSignal): Promise<Quality> {
  return (await get<Quality>(endpoints.quality(project), signal)).data;
}
