import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";

import { violations } from "./axe";
import { FakeServer, openPanel, settle } from "./fakeServer";

const FACT = { id: "f1", subject: "luna", predicate: "is_a", object: "AI researcher of 29", source: "characters/luna.yaml", confidence: 0.9, timestamp: "2026-01-01T10:00:00Z", ended_at: null };
const PLACE = "nexus-e01-sc01-sh0010";

let server: FakeServer;
let panel: VueWrapper;

beforeEach(() => {
  server = new FakeServer();
  server.answer("GET /api/projects", { body: { items: [project("nexus"), project("harbour")], next: null } });
  server.answer("GET /api/facts", ({ query }) => ({ body: { project: query.get("project"), items: query.get("q") === "who is nobody" ? [] : [FACT], note: "No fact is about nobody." } }));
});
afterEach(() => panel.unmount());

function project(id: string): object {
  return { id, title: id.toUpperCase(), logline: "", characters: 3, episodes: 1, faults: 0 };
}

async function show(tab: string): Promise<void> {
  const trigger = panel.findAll("[role=tab]").find((one) => one.text() === tab);
  await trigger?.trigger("mousedown");
  await settle();
}

test("facts are shown with where they are from, and a question is answered or told why not", async () => {
  panel = await openPanel("/memory");
  expect(panel.get(".fact").text()).toContain("luna is a AI researcher of 29");
  expect(panel.get(".fact").text()).toContain("characters/luna.yaml");
  await panel.get("input[type=search]").setValue("who is nobody");
  await panel.get("form.search").trigger("submit");
  await settle();
  expect(panel.find(".fact").exists()).toBe(false);
  expect(panel.get("main").text()).toContain("No fact is about nobody.");
  expect(await violations()).toEqual([]);
});

test("another show has its own memory, and its address", async () => {
  panel = await openPanel("/memory?project=harbour");
  expect((panel.get("select").element as HTMLSelectElement).value).toBe("harbour");
  expect(server.asked.filter(({ path }) => path === "/api/facts").map(({ query }) => query.get("project"))).toEqual(["harbour"]);
});

test("feedback says who said what of which shot, page by page", async () => {
  const item = (id: string) => ({ id, take_id: "t", place: PLACE, stage: "keyframe", opinion: "bad", reason: "anatomy", reason_words: "Hands are deformed", note: "six fingers", who: "Akira", at: "2026-01-01T10:00:00Z" });
  server.answer("GET /api/feedback", ({ query }) => (query.get("after") ? { body: { items: [item("2")], next: null } } : { body: { items: [item("1")], next: "1" } }));
  panel = await openPanel("/memory?show=feedback");
  const entry = panel.get(".entry");
  for (const words of [PLACE, "Keyframe", "Bad", "Hands are deformed: six fingers", "Akira"]) expect(entry.text()).toContain(words);
  expect(entry.get("a").attributes("href")).toBe(`/shot/${PLACE}`);
  await panel.get(".more").trigger("click");
  await settle();
  expect(panel.findAll(".entry")).toHaveLength(2);
  expect(panel.find(".more").exists()).toBe(false);
  expect(await violations()).toEqual([]);
});

test("waived gates say why, and sessions what became of them", async () => {
  server.answer("GET /api/waivers", { body: { items: [{ id: "1", take_id: "t", place: PLACE, stage: "clip", gate: "clips_move_smoothly", who: "Luna", why: "it is meant to stutter", at: "2026-01-01T10:00:00Z" }], next: null } });
  const summary = { id: "s1", project_id: "nexus", title: "Night run", started_by: "Viktor", started_at: "2026-01-01T10:00:00Z", ended_at: null, episode_ids: ["e01"], decisions: 40, takes: 38, accepted: 35, rejected: 3, masters: 1, mean_score: 0.7 };
  server.answer("GET /api/sessions", { body: { items: [{ summary, outcome: "delivered" }] } });
  panel = await openPanel("/memory");
  await show("Waivers");
  expect(panel.get(".entry").text()).toContain("clips_move_smoothly: it is meant to stutter");
  await show("Sessions");
  const session = panel.get(".session");
  for (const words of ["Night run", "Delivered", "35 accepted, 3 rejected, 1 master", "mean score 0.70"]) expect(session.text()).toContain(words);
  expect(session.get("a").attributes("href")).toBe("/storyboard/nexus-e01");
});
