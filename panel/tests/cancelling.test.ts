import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { RunView } from "@/api/types";

import { violations } from "./axe";
import { board, click, dialog, episode, FakeServer, openPanel, press, settle, shot, toasts } from "./fakeServer";

let server: FakeServer;
let panel: VueWrapper;

function run(changes: Partial<RunView> = {}): RunView {
  const progress = { stages: [{ stage: "keyframe", title: "Keyframes", total: 28, done: 12, made: 13, reused: 0, rejected: 1, doing: "" }], left_s: 310, lines: [] };
  return { id: "r1", job: "produce_episode", status: "running", episode: "nexus-e01", shots: [], who: "Akira", why: "", quality: "", created_at: "2026-01-01T10:00:00Z", started_at: null, ended_at: null, ahead: 0, progress, updated_at: null, problems: [], canceled_by: "", is_of_command: false, ...changes };
}

function active(...items: RunView[]): void {
  server.answer("GET /api/runs", { body: { items, next: null } });
}

beforeEach(() => {
  server = new FakeServer();
  server.answer("GET /api/episodes", { body: { items: [episode()], next: null } });
  server.answer("GET /api/episodes/nexus-e01/storyboard", { body: board([shot(1)]) });
  server.answer("GET /api/nights", { body: { time: "", gpu_limit_s: null, episodes: [] } });
  active(run());
});
afterEach(() => {
  panel.unmount();
  vi.useRealTimers();
});

test.each(["/", "/storyboard/nexus-e01", "/batch"])("on %s work that runs is cancelled after a question, and shown as cancelled", async (path) => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  server.answer("POST /api/runs/r1/cancel", { body: run({ status: "canceling", canceled_by: "Luna" }) });
  panel = await openPanel(path);
  await click("Cancel", panel.get("main").element);
  expect(dialog().textContent).toContain("Cancel: Making nexus-e01");
  expect(dialog().textContent).toContain("What it has made is kept");
  expect(server.changes).toEqual([]);
  expect(await violations()).toEqual([]);
  active(run({ status: "canceling", canceled_by: "Luna" }));
  await click("Cancel the run", dialog());
  expect(server.changes.map(({ method, path: address }) => `${method} ${address}`)).toEqual(["POST /api/runs/r1/cancel"]);
  expect(panel.get("main .run").text()).toContain("Ends");
  expect(panel.get("main .run").text()).toContain("cancelled by Luna");
  expect(panel.find("main .run button").exists()).toBe(false);
  active();
  server.answer("GET /api/runs/r1", { body: run({ status: "canceled", canceled_by: "Luna" }) });
  await vi.advanceTimersByTimeAsync(5000);
  await settle();
  expect(toasts()).toContain("Making nexus-e01: cancelled");
  expect(panel.find("main .run").exists()).toBe(false);
});

test("whoever lets it run cancels nothing, and a refusal is told in the question", async () => {
  panel = await openPanel("/");
  await click("Cancel", panel.get("main").element);
  await press("Escape");
  expect(document.querySelector("[role=dialog]")).toBeNull();
  expect(server.changes).toEqual([]);
  server.answer("POST /api/runs/r1/cancel", { status: 503, body: { title: "A service does not answer", status: 503, detail: "Dagster is still being opened." } });
  await click("Cancel", panel.get("main").element);
  await click("Cancel the run", dialog());
  expect(dialog().querySelector("[role=alert]")?.textContent).toContain("Dagster is still being opened.");
});

test("a run of a terminal ends there, and whoever may not start work ends none", async () => {
  server.answer("GET /api/me", { body: { name: "Viktor", scope: "direct" } });
  active(run({ is_of_command: true }), run({ id: "r2", job: "rerender_shots" }));
  panel = await openPanel("/");
  const [ofTerminal, other] = panel.findAll("main .run");
  expect(ofTerminal?.text()).toContain("Ctrl-C ends it there");
  expect(ofTerminal?.find("button").exists()).toBe(false);
  expect(other?.get("button").attributes("disabled")).toBeDefined();
});

test("a storyboard shows the work of its own episode only", async () => {
  active(run({ episode: "nexus-e02" }));
  panel = await openPanel("/storyboard/nexus-e01");
  expect(panel.find("main .run").exists()).toBe(false);
});
