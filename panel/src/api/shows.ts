/** Shows and their files: what is understood of them, edits before and after they are saved, and new shows. */

import { get, post, put } from "./client";
import { endpoints } from "./endpoints";
import type { FileLink } from "./shots";
import type { EpisodeSummary, Page } from "./types";

/** What keeps a file from being used; `line` is 0 where it is about the whole file. */
export interface Fault {
  file: string;
  line: number;
  problem: string;
  expected: string;
  remedy: string;
}

/** What is used, but not as it was written. */
export interface StoryWarning {
  file: string;
  line: number;
  problem: string;
  instead: string;
  remedy: string;
  /** Nothing that was written was changed: it was left open, and this was chosen. */
  is_note: boolean;
}

export interface ScriptLine {
  id: string;
  character: string;
  text: string;
  start_s: number | null;
  window_s: number | null;
}

/** A scene as its heading, its notes and its action tell it. */
export interface SceneFacts {
  id: string;
  heading: string;
  place: string;
  time_of_day: string;
  weather: string;
  mood: string;
  cast: string[];
}

export interface ScriptScene extends SceneFacts {
  actions: string[];
  lines: ScriptLine[];
}

/** What was understood of a screenplay. */
export interface UnderstoodScript {
  episode: string;
  title: string;
  duration_s: number;
  scenes: ScriptScene[];
  faults: Fault[];
  fault_count: number;
  warnings: StoryWarning[];
  warning_count: number;
  is_draft: boolean;
}

/** A saved screenplay, and what was understood of it. */
export interface ScriptReport extends UnderstoodScript {
  /** Path from the show's folder. */
  file: string;
  text: string;
  sha256: string;
}

/** A file of a show, as it is on disk. */
export interface ShowText {
  project: string;
  file: string;
  text: string;
  sha256: string;
  /** Null where the text was last changed by another program. */
  last_edit?: { who: string; why: string; at: string } | null;
}

export interface PlannedTake {
  /** Key of a shot or episode, or id of a line or scene. */
  subject: string;
  stage: string;
  state: string;
  why: string;
  seconds: number;
}

/** What an edit changes in the plan of an episode. */
export interface Replan {
  episode: string;
  made: PlannedTake[];
  found: PlannedTake[];
  dropped: PlannedTake[];
  seconds_before: number;
  seconds_after: number;
  notes: string[];
  waiting: string[];
  problem: string;
}

export interface EditPreview {
  /** The text that would be saved. */
  text: string;
  /** Unified; "" if nothing changes. */
  diff: string;
  faults: Fault[];
  /** Those that the edit brings. */
  new_faults: Fault[];
  warnings: StoryWarning[];
  episodes: string[];
  replans: Replan[];
}

/** One change of a YAML file; "append" adds a value at the end of a list. */
export interface YamlChange {
  path: (string | number)[];
  action: "set" | "remove" | "append";
  value?: unknown;
}

/** A new text of a file, or changes of single values. */
export type FileEdit = { text: string } | { changes: YamlChange[] };

export interface SavedFile {
  says: string;
}

export interface ProjectSummary {
  id: string;
  title: string;
  logline: string;
  characters: number;
  episodes: number;
  faults: number;
}

export interface TakeSummary {
  id: string;
  state: string;
  score: number | null;
  thumb_url: string | null;
  url: string;
}

export interface Appearance {
  hair_colour: string;
  hair_style: string;
  skin_colour: string;
  eye_colour: string;
  outfit_colour: string;
  outfit_style: string;
  accent_colour: string;
  build: string;
  presents: string;
  age_years: number;
  features: string[];
  kind?: string;
  species?: string;
  /** Words of the description that are not drawn. */
  undrawn?: string[];
}

export interface Voice {
  variant: string;
  pitch: number;
  rate_wpm: number;
  language: string;
  service_voice: string;
}

export interface Lora {
  file: string;
  base_model: string;
  strength_model: number;
  strength_clip: number;
  trigger: string;
}

export interface CharacterPage {
  id: string;
  name: string;
  description: string;
  aliases: string[];
  appearance: Appearance;
  voice: Voice;
  loras: Lora[];
  references: string[];
  sheet: TakeSummary | null;
  warnings: StoryWarning[];
}

export interface ProjectPage {
  id: string;
  title: string;
  logline: string;
  cast: CharacterPage[];
  episodes: string[];
  warnings: StoryWarning[];
  faults: Fault[];
}

export interface SceneLine {
  id: string;
  character: string;
  name: string;
  text: string;
  start_s: number | null;
  voice: TakeSummary | null;
}

export interface ScenePage extends SceneFacts {
  number: number;
  synopsis: string;
  shots: number;
  lines: SceneLine[];
  music?: TakeSummary | null;
  /** Who made a piece of a library. */
  music_credit?: string;
}

export interface EpisodePage {
  summary?: EpisodeSummary;
  mix?: TakeSummary | null;
  /** The master of the episode as it is; null where it has changed since. */
  master?: TakeSummary | null;
  /** The files of the newest master. */
  deliverables?: FileLink[];
  /** Paths of the files that were delivered and are there. */
  delivered?: string[];
  scenes: ScenePage[];
  warnings: StoryWarning[];
  faults: Fault[];
}

export async function readScript(episode: string, signal?: AbortSignal): Promise<ScriptReport> {
  return (await get<ScriptReport>(endpoints.script(episode), signal)).data;
}

/** Return what would be understood of a text that is not saved; nothing is changed. */
export async function previewScript(episode: string, text: string, signal?: AbortSignal): Promise<UnderstoodScript> {
  return (await post<UnderstoodScript>(endpoints.scriptPreview(episode), { text }, { signal, idempotencyKey: null })).data;
}

export interface HeldFile {
  file: ShowText;
  /** What is given back when it is saved. */
  etag: string | null;
}

export async function readFile(project: string, path: string, signal?: AbortSignal): Promise<HeldFile> {
  const { data, etag } = await get<ShowText>(endpoints.showFile(project, path), signal);
  return { file: data, etag };
}

export async function previewFile(project: string, path: string, edit: FileEdit, signal?: AbortSignal): Promise<EditPreview> {
  return (await post<EditPreview>(endpoints.showFilePreview(project, path), edit, { signal, idempotencyKey: null })).data;
}

/** Save a file as it was seen; refused with 412 if somebody else saved it since. */
export async function saveFile(
  project: string,
  path: string,
  edit: FileEdit,
  { why, evenWithFaults, etag }: { why: string; evenWithFaults: boolean; etag: string | null },
): Promise<SavedFile> {
  const body = { ...edit, why, even_with_faults: evenWithFaults };
  return (await put<SavedFile>(endpoints.showFile(project, path), body, { ifMatch: etag })).data;
}

export async function listProjects(signal?: AbortSignal): Promise<ProjectSummary[]> {
  return (await get<Page<ProjectSummary>>(endpoints.projects(), signal)).data.items;
}

export async function readProject(project: string, signal?: AbortSignal): Promise<ProjectPage> {
  return (await get<ProjectPage>(endpoints.project(project), signal)).data;
}

export async function readEpisode(episode: string, signal?: AbortSignal): Promise<EpisodePage> {
  return (await get<EpisodePage>(endpoints.episode(episode), signal)).data;
}

/** A screenplay that a person brings: its text, or its bytes where the encoding is to be told. */
export type BroughtScript = { file_name: string; id: string } & ({ text: string } | { base64: string });

export interface WrittenCharacter {
  id: string;
  name: string;
  /** Whether the script says how they look. */
  is_described: boolean;
  /** A character whose name is nearly the same; "" if none is. */
  near: string;
}

/** What was written for an episode. */
export interface WrittenFiles {
  says: string;
  project: string;
  /** Its key. */
  episode: string;
  files: string[];
  cast: WrittenCharacter[];
  /** Whether nothing is wrong with the episode's files. */
  can_run: boolean;
  fault_count: number;
}

export async function createShow(script: BroughtScript & { title: string }): Promise<WrittenFiles> {
  return (await post<WrittenFiles>(endpoints.newShow(), script)).data;
}

export async function addEpisode(project: string, script: BroughtScript): Promise<WrittenFiles> {
  return (await post<WrittenFiles>(endpoints.newEpisode(project), script)).data;
}

/** Write a character file for every speaker of an episode who has none. */
export async function writeMissingCast(project: string, episode: string): Promise<WrittenFiles> {
  return (await post<WrittenFiles>(endpoints.missingCast(project), { episode })).data;
}
