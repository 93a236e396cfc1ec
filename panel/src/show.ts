/** The settings of a show as a form: the fields of its `project.yaml`, and the caps of what it may spend. */

import type { ProjectPage } from "@/api/shows";
import { changesOf, formOf, type Change, type FieldGroup, type Form } from "@/fields";

const ENGINE = ["auto", "embedded"];
const NUMBER = { kind: "number", low: 0, step: 0.01 } as const;
const SCOPES = ["episode", "day", "project"] as const;
const UNITS = ["gpu_seconds", "money"] as const;
const CAP_NAMES = { episode: "Of an episode", day: "Of a day", project: "Of the show", gpu_seconds: "GPU seconds", money: "money" } as const;

/** 0 stands for what is left open. */
function stated(number: number | undefined): string {
  return number ? String(number) : "";
}

function capOf(show: ProjectPage, scope: string, unit: string): string {
  return stated(show.caps.find((cap) => cap.scope === scope && cap.unit === unit)?.limit);
}

export const SHOW_GROUPS: readonly FieldGroup<ProjectPage>[] = [
  {
    title: "The show",
    fields: [
      { path: ["title"], label: "Title", kind: "text", read: (show) => show.title, isRequired: true, isWide: true },
      { path: ["logline"], label: "Logline", kind: "long", read: (show) => show.logline },
    ],
  },
  {
    title: "Style",
    fields: [
      { path: ["style", "art_direction"], label: "Art direction", kind: "long", read: ({ style }) => style.art_direction },
      { path: ["style", "palette"], label: "Palette, with commas", kind: "colours", read: ({ style }) => style.palette.join(", ") },
      { path: ["style", "positive"], label: "Words of every prompt", kind: "long", read: ({ style }) => style.positive },
      { path: ["style", "negative"], label: "Kept out of every picture", kind: "long", read: ({ style }) => style.negative },
      { path: ["style", "checkpoint"], label: "Checkpoint, as the ComfyUI server lists it", kind: "text", read: ({ style }) => style.checkpoint, isWide: true },
    ],
  },
  {
    title: "Delivery",
    fields: [
      { path: ["delivery", "width"], label: "Width, px", kind: "number", step: 2, read: ({ delivery }) => String(delivery.width_px) },
      { path: ["delivery", "height"], label: "Height, px", kind: "number", step: 2, read: ({ delivery }) => String(delivery.height_px) },
      { path: ["delivery", "fps"], label: "Frames per second", kind: "number", low: 8, high: 60, read: ({ delivery }) => String(delivery.fps) },
      { path: ["delivery", "max_clip_frames"], label: "Longest clip, frames", kind: "number", low: 9, high: 257, step: 8, read: ({ delivery }) => String(delivery.max_clip_frames) },
      { path: ["delivery", "loudness"], label: "Loudness, LUFS", kind: "number", low: -31, high: -9, step: 0.1, read: ({ delivery }) => String(delivery.loudness_lufs) },
      { path: ["delivery", "true_peak"], label: "True peak, dBTP", kind: "number", low: -9, high: 0, step: 0.1, read: ({ delivery }) => String(delivery.true_peak_dbtp) },
      { path: ["delivery", "working", "width"], label: "Pictures made at width, px", kind: "number", step: 8, read: ({ delivery }) => stated(delivery.working?.width_px) },
      { path: ["delivery", "working", "height"], label: "Pictures made at height, px", kind: "number", step: 8, read: ({ delivery }) => stated(delivery.working?.height_px) },
      { path: ["quality"], label: "Quality", kind: "choice", none: "the usual", choices: ["draft", "standard", "final"], read: (show) => show.quality },
      { path: ["seed"], label: "Seed", kind: "number", low: 0, high: 4_294_967_295, read: (show) => String(show.seed) },
    ],
  },
  {
    title: "Who makes what",
    fields: [
      engine("director", "Plans", "echo_brain", "ollama"),
      engine("keyframes", "Keyframes", "comfyui"),
      { path: ["engines", "keyframes_from"], label: "Keyframes begin with", kind: "choice", none: "the usual", choices: ["words", "reference", "previous"], read: ({ engines }) => engines.keyframes_from },
      { path: ["engines", "framing"], label: "Framing held by", kind: "choice", none: "the usual", choices: ["words", "animatic"], read: ({ engines }) => engines.framing ?? "" },
      { path: ["engines", "likeness"], label: "Likeness by", kind: "choice", none: "the usual", choices: ["words", "references"], read: ({ engines }) => engines.likeness ?? "" },
      engine("clips", "Clips", "comfyui"),
      engine("upscale", "Larger clips", "comfyui", "off"),
      engine("interpolate", "Smoother clips", "comfyui", "off"),
      engine("voice", "Voices", "echo_voice"),
      engine("music", "Music", "music", "library"),
      { path: ["engines", "attempts"], label: "Attempts at most", kind: "number", low: 1, high: 10, read: ({ engines }) => String(engines.attempts) },
      { path: ["engines", "candidates"], label: "Candidates of a keyframe", kind: "number", low: 1, high: 16, read: ({ engines }) => stated(engines.candidates) },
    ],
  },
];

function engine(role: "director" | "keyframes" | "clips" | "upscale" | "interpolate" | "voice" | "music", label: string, ...others: string[]): FieldGroup<ProjectPage>["fields"][number] {
  return { path: ["engines", role], label, kind: "choice", none: "the usual", choices: [...ENGINE, ...others], read: ({ engines }) => engines[role] ?? "auto" };
}

/** How much may be spent; beyond it nothing is begun. */
export const CAP_GROUPS: readonly FieldGroup<ProjectPage>[] = [
  {
    title: "Caps",
    fields: SCOPES.flatMap((scope) => UNITS.map((unit) => ({ ...NUMBER, path: ["caps", scope, unit], label: `${CAP_NAMES[scope]}, ${CAP_NAMES[unit]}`, read: (show: ProjectPage) => capOf(show, scope, unit) }))),
  },
];

/** Return what the form begins with. */
export function showForm(show: ProjectPage): Form {
  return { ...formOf(SHOW_GROUPS, show), ...formOf(CAP_GROUPS, show) };
}

/** Return the changes of `project.yaml` that make it say what the form says. */
export function showChanges(show: ProjectPage, form: Readonly<Form>): Change[] {
  return [...changesOf(SHOW_GROUPS, show, form), ...capChanges(show, form)];
}

/** A scope that caps nothing is a fault, so it goes with its last cap, and `caps` with its last scope. */
function capChanges(show: ProjectPage, form: Readonly<Form>): Change[] {
  const changes = changesOf(CAP_GROUPS, show, form);
  const isEmpty = (scope: string) => UNITS.every((unit) => !String(form[`caps.${scope}.${unit}`] ?? "").trim());
  const had = SCOPES.filter((scope) => show.caps.some((cap) => cap.scope === scope));
  if (had.length && SCOPES.every(isEmpty)) return [{ path: ["caps"], action: "remove" }];
  const emptied = had.filter(isEmpty);
  return [...changes.filter(({ path }) => !emptied.some((scope) => path[1] === scope)), ...emptied.map((scope): Change => ({ path: ["caps", scope], action: "remove" }))];
}
