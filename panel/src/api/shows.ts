/** Shows and their files: what is understood of them, edits before and after they are saved, and new shows. */

import { etagOf, get, post, put } from "./client";
import { endpoints } from "./endpoints";
import type { AcceptedDraft, EditAnswer, EpisodePage, EpisodeRequest, FileAnswer, ProjectPage, ProjectSummary, ReferenceAnswer, SavedAnswer, ScriptAnswer, ShowPreview, UnderstoodScript, ValueChange, WrittenFiles } from "./schema";
import type { Page, Sent } from "./types";

export type {
  CharacterPage,
  EditAnswer as EditPreview,
  EpisodePage,
  Fault,
  ProjectPage,
  ProjectSummary,
  ReplanAnswer as Replan,
  ReplannedTake as PlannedTake,
  SceneLine,
  ScenePage,
  ScriptAnswer as ScriptReport,
  ScriptScene,
  ShowPreview,
  StoryWarning,
  UnderstoodScript,
  ValueChange as YamlChange,
} from "./schema";

/** A new text of a file, or changes of single values. */
export type FileEdit = { text: string } | { changes: Sent<ValueChange, "path" | "action">[] };

/** A screenplay that a person brings: its text, or its bytes where the encoding is to be told. */
export type BroughtScript = Sent<EpisodeRequest, "file_name" | "id">;

export async function readScript(episode: string, signal?: AbortSignal): Promise<ScriptAnswer> {
  return (await get<ScriptAnswer>(endpoints.script(episode), signal)).data;
}

/** Return what would be understood of a text that is not saved; nothing is changed. */
export async function previewScript(episode: string, text: string, signal?: AbortSignal): Promise<UnderstoodScript> {
  return (await post<UnderstoodScript>(endpoints.scriptPreview(episode), { text }, { signal, idempotencyKey: null })).data;
}

/** Make the draft that was seen the script of its episode; refused with 412 if it has changed since. */
export async function acceptDraft({ episode, sha256 }: ScriptAnswer, why: string): Promise<AcceptedDraft> {
  return (await post<AcceptedDraft>(endpoints.acceptScript(episode), { why }, { ifMatch: etagOf(sha256) })).data;
}

export interface HeldFile {
  file: FileAnswer;
  /** What is given back when it is saved. */
  etag: string | null;
}

export async function readFile(project: string, path: string, signal?: AbortSignal): Promise<HeldFile> {
  const { data, etag } = await get<FileAnswer>(endpoints.showFile(project, path), signal);
  return { file: data, etag };
}

export async function previewFile(project: string, path: string, edit: FileEdit, signal?: AbortSignal): Promise<EditAnswer> {
  return (await post<EditAnswer>(endpoints.showFilePreview(project, path), edit, { signal, idempotencyKey: null })).data;
}

/** Save a file as it was seen; refused with 412 if somebody else saved it since. */
export async function saveFile(
  project: string,
  path: string,
  edit: FileEdit,
  { why, evenWithFaults, etag }: { why: string; evenWithFaults: boolean; etag: string | null },
): Promise<SavedAnswer> {
  const body = { ...edit, why, even_with_faults: evenWithFaults };
  return (await put<SavedAnswer>(endpoints.showFile(project, path), body, { ifMatch: etag })).data;
}

/** Store a picture in the show's folder; an edit of the character's file then has it used. */
export async function bringReference(project: string, character: string, picture: Blob): Promise<ReferenceAnswer> {
  const body = picture.type ? picture : new Blob([picture], { type: "application/octet-stream" });
  return (await post<ReferenceAnswer>(endpoints.bringReference(project, character), body, { idempotencyKey: null })).data;
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

/** Return what a screenplay would become; nothing is changed. */
export async function previewShow(script: BroughtScript & { title: string }, signal?: AbortSignal): Promise<ShowPreview> {
  return (await post<ShowPreview>(endpoints.newShowPreview(), script, { signal, idempotencyKey: null })).data;
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
