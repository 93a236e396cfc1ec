/** States, lengths and names in words; the one place where the API's words become a reader's. */

import type { EpisodeSummary, RunView, ShotState, TakeSummary } from "@/api/types";

export type Tone = "good" | "bad" | "warn" | "info" | "dim";

export interface Label {
  text: string;
  tone: Tone;
}

type State = EpisodeSummary["state"] | ShotState | TakeSummary["state"] | RunView["status"] | "failed_gate" | "interrupted" | "finished" | "delivered";

/** Every state that the API has for an episode, a shot, a take, a run or a session. */
const LABELS: Readonly<Record<State, Label>> = {
  not_made: { text: "Not made yet", tone: "dim" },
  partly: { text: "Partly made", tone: "info" },
  rejected: { text: "Rejected", tone: "bad" },
  failed: { text: "Failed", tone: "bad" },
  failed_gate: { text: "Failed a gate", tone: "bad" },
  out_of_date: { text: "Changed since", tone: "warn" },
  changed: { text: "Changed since", tone: "warn" },
  waiting: { text: "Its clip is missing", tone: "info" },
  missing: { text: "Not made yet", tone: "dim" },
  waiting_approval: { text: "Waits for approval", tone: "warn" },
  ready: { text: "Ready", tone: "good" },
  accepted: { text: "Accepted", tone: "good" },
  locked: { text: "Locked", tone: "good" },
  waived: { text: "Waived", tone: "good" },
  queued: { text: "Waits for its turn", tone: "dim" },
  running: { text: "Running", tone: "info" },
  succeeded: { text: "Done", tone: "good" },
  starting: { text: "Starts", tone: "info" },
  canceling: { text: "Ends", tone: "warn" },
  canceled: { text: "Cancelled", tone: "dim" },
  interrupted: { text: "Interrupted", tone: "warn" },
  finished: { text: "Finished", tone: "good" },
  delivered: { text: "Delivered", tone: "good" },
  lost: { text: "Its process is gone", tone: "bad" },
};

/** Return what a state is called; one that this list lacks is shown as the API has it. */
export function stateLabel(state: string): Label {
  return (LABELS as Readonly<Record<string, Label>>)[state] ?? { text: sentence(state), tone: "dim" };
}

/** `close_up` becomes "Close up". */
export function sentence(word: string): string {
  const text = word.replaceAll("_", " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Return a length as minutes and seconds, `1:05`; hours where there are any. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${String(minutes).padStart(hours ? 2 : 1, "0")}:${String(rest).padStart(2, "0")}`;
  return hours ? `${hours}:${tail}` : tail;
}

/** Return a shot's length as editors say it, `2.5 s`. */
export function shotLength(seconds: number): string {
  return `${seconds.toFixed(1)} s`;
}

/** Return a time that is still to come, roughly, as it is only predicted. */
export function timeLeft(seconds: number): string {
  if (seconds < 10) return "a few seconds left";
  if (seconds < 90) return `about ${Math.round(seconds / 10) * 10} s left`;
  if (seconds < 90 * 60) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${Math.round(seconds / 360) / 10} h left`;
}

/** Return what a run makes, `Shots of nexus-e01 again`. */
export function runTitle(run: { job: string; episode: string; shots: readonly string[] }): string {
  if (!run.episode || !makes(run)) return [sentence(run.job), run.episode].filter(Boolean).join(": ");
  if (run.shots.length === 1 && run.shots[0]) return `${shotName(run.shots[0])} of ${run.episode} again`;
  return run.shots.length ? `${run.shots.length} shots of ${run.episode} again` : `Making ${run.episode}`;
}

/** Whether a run makes takes; others tell and report. */
export function makes({ job }: { job: string }): boolean {
  return job.startsWith("produce_") || job === "rerender_shots";
}

/** Return how a run has ended, and whether it ended as it was meant to: also by waiting for a person. */
export function runEnd(run: Pick<RunView, "job" | "episode" | "shots" | "status" | "problems" | "canceled_by">): { title: string; text: string; isGood: boolean } {
  const name = runTitle(run);
  if (run.status === "succeeded") return { title: `${name}: done`, text: "", isGood: true };
  if (run.status === "canceled") return { title: `${name}: cancelled`, text: run.canceled_by && `by ${run.canceled_by}`, isGood: true };
  const messages = run.problems.map(({ message }) => message);
  const asked = /^gate (\w+?)_(?:is|are)_approved failed/.exec(messages[0] ?? "")?.[1];
  if (asked) return { title: `${name}: waits for your approval`, text: `What there is of the ${asked} is on its storyboard; what comes after waits.`, isGood: true };
  return { title: `${name}: not done`, text: messages.join(" ") || "Dagster has its log.", isGood: false };
}

/** Return what an episode waits for as the panel says it: without its key and without a command, which has a button here. */
export function waitText(words: string, episode: string): string {
  return sentence(words.replace(`${episode}: `, "").replace(/ Look at what there is, then: tower approve .*$/, ""));
}

/** Return a score of 0 to 1 with two digits; its bar is at 0.50. */
export function scoreText(score: number): string {
  return score.toFixed(2);
}

/** `nexus-e01-sc02-sh0030` becomes `sc02 · sh0030`. */
export function shotName(key: string): string {
  return key.split("-").slice(-2).join(" · ");
}

/** The episode of a shot's key. */
export function episodeOf(shotKey: string): string {
  return shotKey.split("-").slice(0, -2).join("-");
}

/** The project of an episode's key. */
export function projectOf(episodeKey: string): string {
  return episodeKey.slice(0, episodeKey.lastIndexOf("-"));
}

/** Whether a key is a shot's: the storyboard has a page for it. */
export function isShotKey(key: string): boolean {
  return /-sc\d+-sh\d+$/.test(key);
}

/** Return a time as people here write it, to the minute. */
export function moment(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** Return how long work takes, roughly, as it is only predicted. */
export function workTime(seconds: number): string {
  if (seconds < 1) return "no time";
  if (seconds < 90) return `about ${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `about ${Math.round(seconds / 60)} min`;
  return `about ${Math.round(seconds / 360) / 10} h`;
}
