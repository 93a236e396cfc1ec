/** Why a request was not carried out, as an error that says what to do. */

import type { Problem, ProblemFault } from "./types";

export class ApiError extends Error {
  readonly title: string;
  /** The HTTP status; 0 where nobody answered. */
  readonly status: number;
  readonly remedy: string;
  readonly faults: ProblemFault[];

  constructor(problem: Partial<Problem> & { title: string; status: number }) {
    super(withoutRemedy(problem.detail ?? problem.title, problem.remedy ?? ""));
    this.name = "ApiError";
    this.title = problem.title;
    this.status = problem.status;
    this.remedy = problem.remedy ?? "";
    this.faults = problem.faults ?? [];
  }

  /** Whether somebody else decided since the page was loaded. */
  get isConflict(): boolean {
    return this.status === 412;
  }
}

/** The detail repeats the remedy at its end; a person should read it once. */
function withoutRemedy(detail: string, remedy: string): string {
  return remedy && detail.endsWith(remedy) ? detail.slice(0, -remedy.length).trim() : detail;
}

export async function problemOf(response: Response): Promise<ApiError> {
  const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
  const body: unknown = isJson ? await response.json().catch(() => null) : null;
  const told = typeof body === "object" && body !== null ? (body as Partial<Problem>) : {};
  return new ApiError({
    ...told,
    title: told.title ?? `The server answered ${response.status} ${response.statusText}`.trim(),
    status: response.status,
  });
}

export function unreachable(cause: unknown): ApiError {
  const error = new ApiError({
    title: "Tower does not answer",
    status: 0,
    detail: "The web process of Tower cannot be reached.",
    remedy: "See whether `tower up` still runs, then try again.",
  });
  error.cause = cause;
  return error;
}
