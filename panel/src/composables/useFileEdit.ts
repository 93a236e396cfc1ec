/** One file of a show that a person edits: as it is, what the edit would mean, and saving it as it was seen. */

import { onScopeDispose, ref, shallowRef, watch, type Ref } from "vue";

import { ApiError } from "@/api/problems";
import { previewFile, readFile, saveFile, type EditPreview, type FileEdit, type HeldFile } from "@/api/shows";

import { useLoaded } from "./useLoaded";
import { useToasts, wordsOf } from "./useToasts";

const PAUSE_MS = 600;

export interface FileEditing {
  held: Ref<HeldFile | null>;
  error: Ref<unknown>;
  /** Read the file as it is now. */
  reload: () => Promise<void>;
  preview: Ref<EditPreview | null>;
  previewError: Ref<unknown>;
  isPreviewing: Ref<boolean>;
  /** Look at an edit as soon as the person pauses; null for no edit. */
  look: (edit: FileEdit | null, pauseMs?: number) => void;
  /** Who saved what meanwhile, "" for nobody. */
  conflict: Ref<string>;
  isSaving: Ref<boolean>;
  /** Return whether it was saved; what was wrong has been told. */
  save: (edit: FileEdit, why: string, evenWithFaults: boolean) => Promise<boolean>;
}

/**
 * Edit a file; nothing is read while the path is "".
 *
 * `also` is done with each look, such as reading what a script would be understood as.
 */
export function useFileEdit(
  project: () => string,
  path: () => string,
  also: (edit: FileEdit, signal: AbortSignal) => Promise<void> = async () => {},
): FileEditing {
  const { tell, tellError } = useToasts();
  const preview = shallowRef<EditPreview | null>(null);
  const previewError = ref<unknown>(null);
  const isPreviewing = ref(false);
  const conflict = ref("");
  const isSaving = ref(false);
  let timer: number | undefined;
  let controller = new AbortController();

  const { data: held, error, reload } = useLoaded(
    async (signal) => (path() ? readFile(project(), path(), signal) : null),
    () => [project(), path()],
  );

  function stop(): void {
    window.clearTimeout(timer);
    controller.abort();
  }

  async function ask(edit: FileEdit): Promise<void> {
    const { signal } = (controller = new AbortController());
    try {
      const [answer] = await Promise.all([previewFile(project(), path(), edit, signal), also(edit, signal)]);
      if (signal.aborted) return;
      [preview.value, previewError.value] = [answer, null];
    } catch (failure) {
      if (!signal.aborted) previewError.value = failure;
    } finally {
      if (!signal.aborted) isPreviewing.value = false;
    }
  }

  function look(edit: FileEdit | null, pauseMs = PAUSE_MS): void {
    stop();
    isPreviewing.value = edit !== null;
    if (edit) timer = window.setTimeout(() => void ask(edit), pauseMs);
    else [preview.value, previewError.value] = [null, null];
  }

  async function save(edit: FileEdit, why: string, evenWithFaults: boolean): Promise<boolean> {
    isSaving.value = true;
    try {
      const { says } = await saveFile(project(), path(), edit, { why, evenWithFaults, etag: held.value?.etag ?? null });
      tell("Saved", says);
      look(null);
      conflict.value = "";
      await reload();
      return true;
    } catch (failure) {
      if (failure instanceof ApiError && failure.isConflict) conflict.value = wordsOf(failure).text;
      else tellError(failure);
      return false;
    } finally {
      isSaving.value = false;
    }
  }

  watch([project, path], () => {
    look(null);
    conflict.value = "";
  });
  onScopeDispose(stop);
  return { held, error, reload, preview, previewError, isPreviewing, look, conflict, isSaving, save };
}
