/** How an episode, a shot and an attempt were made, from the record, and the scores of an episode. */

import { get } from "./client";
import { endpoints } from "./endpoints";
import type { CostFigures, MeasureFigures } from "./quality";
import type { GateResult, PersonDecision, SourcedText, TakeParameter } from "./shots";

export interface GraphLink {
  /** Of the job, from 0. */
  part: number;
  url: string;
}

export interface AttemptRow {
  /** Of its decision. */
  id: string;
  stage: string;
  /** Where in the episode; "" for the episode itself. */
  subject: string;
  number: number;
  state: string;
  decided_at: string;
  created_by: string;
  score: number | null;
  engine: string;
  seed: string;
  server: string;
  duration_s: number | null;
  error: string;
  reasoning: string;
  /** What was done otherwise than in the attempt before it. */
  changed: string[];
  /** `GATE: FIGURES` of what its take did not meet. */
  failed: string[];
  people: PersonDecision[];
  url: string | null;
  thumb_url: string | null;
  graphs: GraphLink[];
}

export interface Consultation {
  model: string;
  asked_at: string;
  duration_s: number | null;
  confidence: number | null;
  query: string;
  response: string;
  used: string;
  overruled: string[];
}

export interface Trail {
  key: string;
  episode: string;
  /** Indented lines belong to the one above. */
  words: string[];
  /** Oldest first. */
  attempts: AttemptRow[];
  /** The decision that planned a shot; "" where that is not on record. */
  plan: string;
  plan_consultations: Consultation[];
}

export interface ModelFile {
  file: string;
  place: string;
  origin: string;
  sha256: string;
}

export interface Job {
  id: string;
  part: number;
  prompt_id: string;
  server: string;
  success: boolean;
  seconds: number;
  error: string;
  /** Path in the media store by the name at the server. */
  uploads: Record<string, string>;
}

export interface AttemptTake {
  id: string;
  accepted: boolean;
  /** Among the candidates of one job, from 0; null for an only take. */
  rank: number | null;
  /** Path in the media store by role. */
  files: Record<string, string>;
  verdicts: Pick<GateResult, "gate" | "measure" | "value" | "unit" | "low" | "high" | "good" | "passed">[];
  waived: string[];
  people: PersonDecision[];
}

/** An attempt as it is on record; what is not is "" or empty. */
export interface Attempt {
  id: string;
  subject: string;
  stage: string;
  number: number;
  status: string;
  cause: string;
  error: string;
  reasoning: string;
  decided_at: string;
  created_by: string;
  session: string;
  run: string;
  replaces: string;
  engine: string;
  engine_version: string;
  server: string;
  brief_digest: string;
  duration_s: number | null;
  cpu_s: number | null;
  gpu_s: number | null;
  score: number | null;
  seed: string;
  workflow: string;
  workflow_sha256: string;
  prompt: SourcedText[];
  negative: SourcedText[];
  is_prompt_sent: boolean;
  plan_decision: string;
  values: TakeParameter[];
  models: ModelFile[];
  changed: string[];
  /** What was considered, the chosen one first. */
  ranking: Record<string, unknown>[];
  jobs: Job[];
  consultations: Consultation[];
  takes: AttemptTake[];
}

export interface AttemptPage {
  attempt: Attempt;
  state: string;
  /** "" for what belongs to a show. */
  episode: string;
  shot: string;
  graphs: GraphLink[];
}

export interface EpisodeScores {
  measures: MeasureFigures[];
  costs: CostFigures[];
}

export async function readTrail(key: string, signal?: AbortSignal): Promise<Trail> {
  return (await get<Trail>(endpoints.trail(key), signal)).data;
}

/** Read an attempt by the id of its decision, or of a take that came of it. */
export async function readAttempt(id: string, signal?: AbortSignal): Promise<AttemptPage> {
  return (await get<AttemptPage>(endpoints.attempt(id), signal)).data;
}

export async function readScores(episode: string, signal?: AbortSignal): Promise<EpisodeScores> {
  return (await get<EpisodeScores>(endpoints.scores(episode), signal)).data;
}
