/**
 * What the API answers, by hand; to be replaced by types generated from /api/openapi.json.
 *
 * `npx openapi-typescript http://127.0.0.1:3000/api/openapi.json -o src/api/schema.ts`
 */

/** A page of a list: `next` is given back as `after`. */
export interface Page<Item> {
  items: Item[];
  next: string | null;
}

export interface Me {
  name: string;
  scope: "read" | "direct" | "spend";
}

export type EpisodeState = "not_made" | "partly" | "rejected" | "out_of_date" | "waiting_approval" | "ready";

export interface ShotCounts {
  total: number;
  accepted: number;
  rejected: number;
  missing: number;
}

export interface EpisodeSummary {
  key: string;
  project: string;
  title: string;
  state: EpisodeState;
  poster_url: string | null;
  master_url: string | null;
  shots: ShotCounts;
  waits_for: string[];
  duration_s: number;
}

export interface Take {
  id: string;
  stage: string;
  thumb_url: string | null;
  url: string | null;
  /** 0 to 1, 0.5 at the bar; null where nothing was graded. */
  score: number | null;
  accepted: boolean;
  waived?: string[];
  failed?: string[];
}

export type ShotState =
  | "not_made"
  | "accepted"
  | "rejected"
  | "failed"
  | "out_of_date"
  | "waiting_approval"
  | "approved";

export interface SpokenLine {
  character: string;
  text: string;
}

export interface StoryboardShot {
  key: string;
  framing: string;
  move: string;
  frames: number;
  fps: number;
  start_s: number;
  duration_s: number;
  lines: SpokenLine[];
  keyframe: Take | null;
  clip: Take | null;
  state: ShotState;
  /** The version for If-Match; "" before anybody decided. */
  version: string;
  locked_by: string | null;
  rejected_by: string | null;
  /** What the picture shows, from the plan. */
  alt: string;
  animatic_start_s?: number | null;
}

export interface StoryboardScene {
  id: string;
  heading: string;
  shots: StoryboardShot[];
}

export interface Storyboard {
  key: string;
  title: string;
  scenes: StoryboardScene[];
  animatic_url: string | null;
  master_url?: string | null;
}

export type RunStatus =
  | "queued"
  | "starting"
  | "running"
  | "lost"
  | "canceling"
  | "succeeded"
  | "failed"
  | "canceled";

export interface StageProgress {
  stage: string;
  title: string;
  total: number;
  done: number;
  made: number;
  reused: number;
  rejected: number;
  /** What is made now, or waited for, in words. */
  doing: string;
}

export interface RunProgress {
  /** Those that have begun, in their order. */
  stages: StageProgress[];
  /** Seconds that it will still need; 0 where nothing is left or nothing is known. */
  left_s: number;
  /** The newest sentences, oldest first. */
  lines: string[];
}

export interface RunView {
  id: string;
  job: string;
  status: RunStatus;
  /** "" where it has none. */
  episode: string;
  /** The shots that it makes again; empty for all. */
  shots: string[];
  who: string;
  why: string;
  quality: string;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  /** How many runs wait before it. */
  ahead: number;
  progress: RunProgress;
  /** When its progress was last told. */
  updated_at: string | null;
  problems: { step: string; message: string; exit_code: number }[];
  /** Who asked for it to end; "" for nobody. */
  canceled_by: string;
  /** It lives in a terminal, and can be ended there alone. */
  is_of_command: boolean;
}

export interface RunRequest {
  kind: "episode" | "shots";
  /** One episode, or shots of one episode. */
  keys: string[];
  why?: string;
  stages?: string[];
  quality?: string;
  /** Of an episode: make keyframes and clips again, even accepted ones. */
  force?: boolean;
  /** Use the best takes where none is accepted. */
  best?: boolean;
}

/** What making an episode, or some shots, would begin; null is what nobody can say. */
export interface Estimate {
  episode: string;
  /** The shots that it is for; empty for the whole episode. */
  shots: string[];
  takes: number;
  jobs: number;
  /** One take after another. */
  seconds: number | null;
  gpu_s: number | null;
  money: number | null;
  /** "" where no prices are set. */
  currency: string;
  most_gpu_s: number | null;
  most_money: number | null;
  stages: EstimateStage[];
  caps: EstimateCap[];
  /** Why figures are missing, a sentence each. */
  unknown: string[];
  /** What is not counted, a sentence each. */
  notes: string[];
  /** Why not all of it may be begun, a sentence each. */
  refusals: string[];
  /** A run would make something. */
  can_begin: boolean;
  /** The caps have room for all of it. */
  fits: boolean;
}

export interface EstimateStage {
  stage: string;
  title: string;
  /** "" where it is not known yet. */
  engine: string;
  takes: number;
  jobs: number;
  seconds: number | null;
  gpu_s: number | null;
  money: number | null;
  basis: string;
  at_most: number;
}

export interface EstimateCap {
  what: string;
  key: string;
  place: string;
  /** The currency, or "GPU s". */
  unit: string;
  limit: number;
  spent: number;
  under_way: number;
  expected: number | null;
  left: number;
  /** What would be left after it; null if nobody can say. */
  left_after: number | null;
  refusal: string;
  says: string;
}

/** A decision on record. */
export interface DecisionAnswer {
  /** What was decided and what follows. */
  says: string;
  version: string | null;
  take: string | null;
  learned: string[];
  /** What did not succeed although the decision stands. */
  warning: string;
}

/** One fault of a request or of a writer's file. */
export interface ProblemFault {
  where: string;
  problem: string;
  remedy: string;
}

/** Why a request was not carried out (application/problem+json). */
export interface Problem {
  title: string;
  status: number;
  detail: string;
  remedy: string;
  exit_code: number;
  faults?: ProblemFault[];
}
