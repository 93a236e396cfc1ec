import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { click, dialog, episode, estimate, FakeServer, openPanel, settle } from "./fakeServer";

let server: FakeServer;
let panel: VueWrapper;

beforeEach(() => {
  server = new FakeServer();
});
afterEach(() => panel.unmount());

function texts(selector: string): string[] {
  return [...document.querySelectorAll(selector)].map((element) => element.textContent?.replaceAll(/\s+/g, " ").trim() ?? "");
}

function list(...items: ReturnType<typeof episode>[]): void {
  server.answer("GET /api/episodes", { body: { items, next: null } });
}

test("a studio without a show is told the three next steps", async () => {
  panel = await openPanel("/");
  expect(panel.findAll(".steps li").map((step) => step.find("h3").text())).toEqual([
    "Bring a screenplay",
    "See what was understood",
    "Make it, then direct",
  ]);
  expect(panel.get("main").text()).toContain("tower init --from script.fountain");
});

test("episodes show their state, and what waits leads to the shots that wait", async () => {
  list(
    episode(),
    episode({ key: "nexus-e02", title: "Afterglow", state: "waiting_approval", waits_for: ["nexus-e02: the clips must wait for a person's approval of the keyframes; there is none yet. Look at what there is, then: tower approve nexus-e02 keyframes"], shots: { total: 4, accepted: 1, rejected: 2, missing: 1 } }),
  );
  panel = await openPanel("/");
  expect(panel.findAll("article").map((card) => card.text())).toEqual([
    expect.stringContaining("Ready"),
    expect.stringContaining("1 of 4 shots accepted, 2 rejected, 1 missing"),
  ]);
  const waiting = panel.findAll(".waiting");
  expect(waiting.map((link) => link.attributes("href"))).toEqual([
    "/storyboard/nexus-e02",
    "/storyboard/nexus-e02?show=failed",
  ]);
  expect(waiting[0]?.find("strong").text()).toBe("The clips must wait for a person's approval of the keyframes; there is none yet.");
});

test("episodes beyond the first page of the list are there too", async () => {
  let pages = 0;
  server.answer("GET /api/episodes", () => {
    pages += 1;
    return { body: { items: [episode({ key: `nexus-e0${pages}` })], next: pages < 3 ? `nexus-e0${pages}` : null } };
  });
  panel = await openPanel("/");
  expect(panel.findAll("article")).toHaveLength(3);
});

test("running work shows how far it is and how long it takes still", async () => {
  const stage = { stage: "keyframe", title: "Keyframes", total: 28, done: 12, made: 13, reused: 0, rejected: 1, doing: "sc02 · sh0030" };
  const progress = { stages: [stage], left_s: 310, lines: [] };
  const run = { id: "r1", job: "produce_episode", status: "running", episode: "nexus-e01", shots: [], who: "Akira", why: "", ahead: 0, progress, problems: [] };
  server.answer("GET /api/runs", { body: { items: [run], next: null } });
  panel = await openPanel("/");
  expect(panel.get(".run").text()).toContain("Keyframes: 12 of 28, 1 rejected · about 5 min left · started by Akira");
});

test("how a run ended is told: what waits for a person as such, and what went wrong until it is read", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const progress = { stages: [], left_s: 0, lines: [] };
  const run = { id: "r1", job: "produce_episode", status: "queued", episode: "nexus-e01", shots: [], who: "Akira", why: "", ahead: 0, progress, problems: [], canceled_by: "" };
  server.answer("GET /api/runs", { body: { items: [run, { ...run, id: "r2", job: "tell_director" }], next: null } });
  panel = await openPanel("/");
  expect(panel.findAll(".run strong").map((title) => title.text())).toEqual(["Making nexus-e01", "Tell director: nexus-e01"]);
  const message = "gate master_is_approved failed: nexus-e01: its delivery must wait. Then: tower approve nexus-e01 master";
  server.answer("GET /api/runs/r1", { body: { ...run, status: "failed", problems: [{ step: "", message, exit_code: 1 }] } });
  server.answer("GET /api/runs/r2", { body: { ...run, job: "tell_director", status: "succeeded" } });
  server.answer("GET /api/runs", { body: { items: [{ ...run, id: "r3" }], next: null } });
  await vi.advanceTimersByTimeAsync(5000);
  await settle();
  expect(texts(".toast.good .toast-title")).toEqual(["Making nexus-e01: waits for your approval"]);
  server.answer("GET /api/runs/r3", { body: { ...run, id: "r3", status: "failed", problems: [{ step: "clips", message: "the card was full", exit_code: 3 }] } });
  server.answer("GET /api/runs", { body: { items: [], next: null } });
  await vi.advanceTimersByTimeAsync(5000);
  await settle();
  expect(texts(".toast.bad")).toEqual(["Making nexus-e01: not donethe card was full"]);
  vi.useRealTimers();
});

test("the first episode is made after its cost was seen, by whoever may", async () => {
  list(episode({ state: "not_made" }));
  server.answer("GET /api/estimates/nexus-e01", { body: estimate() });
  server.answer("POST /api/runs", { body: {} });
  panel = await openPanel("/");
  await click("Make nexus-e01");
  expect(server.changes).toEqual([]);
  expect(dialog().textContent).toContain("0.40 EUR");
  await click("Begin", dialog());
  expect(server.changes.map(({ path, body }) => [path, body])).toEqual([["/api/runs", { kind: "episode", keys: ["nexus-e01"] }]]);
  panel.unmount();
  server.answer("GET /api/me", { body: { name: "Viktor", scope: "read" } });
  panel = await openPanel("/");
  expect(panel.get(".ready button").attributes("disabled")).toBeDefined();
});

test("a list that cannot be read says why and what to do, and is read at a second try", async () => {
  const remedy = "Start it with `tower up`.";
  server.answer("GET /api/episodes", { status: 503, body: { title: "A service does not answer", status: 503, detail: `The database is away. ${remedy}`, remedy } });
  panel = await openPanel("/");
  const told = panel.get("[role=alert].problem");
  expect(told.text()).toContain("The database is away.");
  expect(told.text()).toContain(remedy);
  list(episode());
  await told.get("button").trigger("click");
  await settle();
  expect(panel.findAll("article")).toHaveLength(1);
  expect(panel.find(".problem").exists()).toBe(false);
});

test("who is signed in, and what they may, is said", async () => {
  server.answer("GET /api/me", { body: { name: "Viktor", scope: "direct" } });
  panel = await openPanel("/");
  expect(panel.get(".me").text()).toBe("Viktormay direct");
});

test("an address without a page says so", async () => {
  panel = await openPanel("/nowhere");
  expect(panel.get("h1").text()).toBe("There is nothing at this address");
});
