/** Every address that the panel asks, in one place. */

const segment = encodeURIComponent;

type QueryValue = string | number | boolean | readonly string[] | undefined;

function withQuery(path: string, query: Record<string, QueryValue>): string {
  const given = Object.entries(query).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => [name, one] as const));
  const told = given.filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(told.map(([name, value]) => [name, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

function showFile(project: string, path: string): string {
  return `/api/projects/${segment(project)}/files/${path.split("/").map(segment).join("/")}`;
}

export const endpoints = {
  me: () => "/api/me",
  signIn: (next: string) => withQuery("/sign-in", { next }),
  signOut: () => "/sign-out",
  episodes: (after = "") => withQuery("/api/episodes", { limit: 200, after }),
  episode: (key: string) => `/api/episodes/${segment(key)}`,
  storyboard: (episode: string, quality = "") => withQuery(`/api/episodes/${segment(episode)}/storyboard`, { quality }),
  shot: (key: string, quality = "") => withQuery(`/api/shots/${segment(key)}`, { quality }),
  shotAction: (key: string, action: ShotAction) => `/api/shots/${segment(key)}/${action}`,
  newShow: () => "/api/projects",
  newShowPreview: () => "/api/projects/preview",
  projects: (after = "") => withQuery("/api/projects", { limit: 200, after }),
  project: (project: string) => `/api/projects/${segment(project)}`,
  newEpisode: (project: string) => `/api/projects/${segment(project)}/episodes`,
  missingCast: (project: string) => `/api/projects/${segment(project)}/cast`,
  showFile,
  showFilePreview: (project: string, path: string) => `${showFile(project, path)}/preview`,
  reference: (project: string, file: string, width: 320 | 640 | 1280 | "") => withQuery(`/api/projects/${segment(project)}/references/${file.split("/").map(segment).join("/")}`, { width }),
  bringReference: (project: string, character: string) => `/api/projects/${segment(project)}/cast/${segment(character)}/references`,
  script: (episode: string) => `/api/scripts/${segment(episode)}`,
  acceptScript: (episode: string) => `/api/scripts/${segment(episode)}/accept`,
  scriptPreview: (episode: string) => `/api/scripts/${segment(episode)}/preview`,
  facts: (project: string, q: string) => withQuery("/api/facts", { project, q, limit: 100 }),
  feedback: (key: string, after = "") => withQuery("/api/feedback", { key, after }),
  waivers: (key: string, after = "") => withQuery("/api/waivers", { key, after }),
  approvals: (episode: string, quality = "") => withQuery(`/api/approvals/${segment(episode)}`, { quality }),
  approve: (episode: string, what: string) => `/api/episodes/${segment(episode)}/approvals/${segment(what)}`,
  withdraw: (episode: string, what: string) => `/api/episodes/${segment(episode)}/approvals/${segment(what)}/withdraw`,
  trail: (key: string) => `/api/trails/${segment(key)}`,
  attempt: (id: string) => `/api/attempts/${segment(id)}`,
  scores: (episode: string) => `/api/scores/${segment(episode)}`,
  media: (path: string) => `/media/${path}`,
  reasons: () => "/api/reasons",
  batch: () => "/api/batch",
  nights: () => "/api/nights",
  quality: (project: string) => `/api/quality/${segment(project)}`,
  sessions: (project: string) => withQuery("/api/sessions", { project, limit: 50 }),
  runs: (active?: boolean) => withQuery("/api/runs", { active }),
  estimateRun: (episode: string, run: { shots: readonly string[]; stages: readonly string[]; quality: string; again: boolean }) => withQuery(`/api/estimates/${segment(episode)}`, run),
  run: (id: string) => `/api/runs/${segment(id)}`,
  cancelRun: (id: string) => `/api/runs/${segment(id)}/cancel`,
  runEvents: (id: string) => `/api/runs/${segment(id)}/events`,
} as const;

export type ShotAction = "approve" | "reject" | "readmit" | "lock" | "release" | "choose" | "waive" | "feedback" | "another";

/** What the web process serves beside the panel. */
export const otherPages = {
  dagster: () => "/dagster/",
  dagsterRun: (id: string) => `/dagster/runs/${segment(id)}`,
  apiDocs: () => "/api/docs",
} as const;
