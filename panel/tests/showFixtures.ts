/** A show's script and cast as the API answers them. */

import type { EditPreview, ScriptReport } from "@/api/shows";

import type { FakeServer } from "./fakeServer";

export const SCRIPT = "Title: Signal\n\nINT. TOWER - NIGHT\n\nAkira glorps a snood.\n\nAKIRA\nIt listens.\n";
export const FILE = "episodes/e01.fountain";
export const FILE_PATH = `/api/projects/nexus/files/${FILE}`;

export function report(changes: Partial<ScriptReport> = {}): ScriptReport {
  return {
    episode: "nexus-e01",
    title: "Signal in the Noise",
    duration_s: 12,
    is_draft: false,
    scenes: [
      {
        id: "sc01",
        heading: "INT. TOWER - NIGHT",
        place: "tower",
        time_of_day: "night",
        interior: true,
        weather: "",
        mood: "mysterious",
        cast: ["akira"],
        actions: ["Akira glorps a snood."],
        lines: [{ id: "l1", character: "akira", text: "It listens.", start_s: 3, window_s: 2, measured: true }],
      },
    ],
    faults: [],
    fault_count: 0,
    warnings: [{ file: `nexus/${FILE}`, line: 5, problem: 'not understood: "glorps"', instead: "Akira stands", remedy: "Write a plainer verb.", is_note: false }],
    warning_count: 1,
    file: FILE,
    text: SCRIPT,
    sha256: "one",
    ...changes,
  };
}

export function preview(changes: Partial<EditPreview> = {}): EditPreview {
  return {
    file: FILE,
    sha256: "one",
    text: "",
    diff: `--- ${FILE}\n+++ ${FILE}\n@@ -8 +8 @@\n-It listens.\n+It hears.\n`,
    faults: [],
    new_faults: [],
    warnings: [],
    episodes: ["nexus-e01"],
    replans: [
      {
        episode: "nexus-e01",
        made: [
          { subject: "nexus-e01-sc01-sh0010", stage: "keyframe", state: "missing", why: "the line has changed", seconds: 20 },
          { subject: "l1", stage: "voice", state: "missing", why: "the line has changed", seconds: 4 },
        ],
        found: [],
        dropped: [],
        seconds_before: 0,
        seconds_after: 24,
        notes: [],
        waiting: [],
        problem: "",
        problem_before: "",
        says: "",
      },
    ],
    ...changes,
  };
}

export const FAULT = { file: `nexus/${FILE}`, line: 7, problem: "nobody is called AKIRO", expected: "a name of the cast", remedy: "Did you mean AKIRA?" };

/** Have the server hold one episode's script. */
export function serveScript(server: FakeServer, text = SCRIPT, etag = '"one"'): void {
  server.answer("GET /api/scripts/nexus-e01", { body: report({ text }) });
  server.answer(`GET ${FILE_PATH}`, { headers: { ETag: etag }, body: { project: "nexus", file: FILE, text, sha256: etag, last_edit: { who: "Mei", why: "", at: "2026-01-01T10:00:00Z" } } });
  server.answer("POST /api/scripts/nexus-e01/preview", { body: report({ warnings: [], warning_count: 0 }) });
  server.answer(`POST ${FILE_PATH}/preview`, { body: preview() });
}
