import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";

import { violations } from "./axe";
import { board, click, dialog, FakeServer, openPanel, press, settle, shot as boardShot } from "./fakeServer";
import { PATH as SHOT_PATH, shot, take, URL_OF_SHOT } from "./shotFixtures";

const PATH = "/storyboard/nexus-e01";
const LEVELS = { own_quality: "standard", levels: ["draft", "standard"] };

let server: FakeServer;
let panel: VueWrapper;

beforeEach(() => {
  server = new FakeServer();
  server.answer("GET /api/episodes/nexus-e01/storyboard", ({ query }) => ({ body: { ...board([boardShot(1)]), ...LEVELS, quality: query.get("quality") ?? "standard" } }));
  server.answer(`GET ${URL_OF_SHOT}`, ({ query }) => ({
    body: shot({ ...LEVELS, quality: query.get("quality") ?? "standard", stages: [{ stage: "keyframe", title: "Keyframes", takes: [take("one", { is_used: true }), take("two")] }] }),
  }));
});
afterEach(() => panel.unmount());

function notice(): string {
  return document.querySelector("[role=note]")?.textContent ?? "";
}

function levels(): (string | null)[][] {
  return [...document.querySelectorAll("[aria-label='Level of quality'] button")].map((one) => [one.textContent, one.getAttribute("aria-pressed")]);
}

function asked(path: string): (string | null)[] {
  return server.asked.filter((one) => one.path === path).map(({ query }) => query.get("quality"));
}

test("a storyboard shows drafts, says what they count for, and keeps them in its address", async () => {
  panel = await openPanel(PATH);
  expect(notice()).toBe("");
  expect(levels()).toEqual([["Draft", "false"], ["Standard", "true"]]);
  await click("Draft");
  expect(levels()).toEqual([["Draft", "true"], ["Standard", "false"]]);
  expect(asked("/api/episodes/nexus-e01/storyboard")).toEqual([null, "draft"]);
  expect(asked("/api/approvals/nexus-e01").at(-1)).toBe("draft");
  expect(notice()).toContain("These are drafts. The show is made at standard, which uses none of these pictures.");
  expect(notice()).toContain("What you decide here counts for drafts");
  const links = [...document.querySelectorAll("main a")].map((link) => link.getAttribute("href"));
  expect(links).toContain("/shot/nexus-e01-sc01-sh0010?quality=draft");
  expect(await violations()).toEqual([]);
  await press("2");
  expect(asked("/api/episodes/nexus-e01/storyboard")).toEqual([null, "draft"]);
  expect(notice()).toContain("These are drafts.");
  await click("Standard");
  expect(asked("/api/episodes/nexus-e01/storyboard")).toEqual([null, "draft", null]);
  expect(notice()).toBe("");
});

test("what is decided about drafts is decided about drafts", async () => {
  server.answer("POST /api/shots/nexus-e01-sc01-sh0010/approve", { body: { says: "done", version: "v2" } });
  panel = await openPanel(`${PATH}?quality=draft`);
  await press("a");
  expect(server.changes.map(({ body }) => body)).toEqual([{ quality: "draft" }]);
});

test("the shot page shows drafts too, and another take is one", async () => {
  server.answer(`POST ${URL_OF_SHOT}/choose`, { body: { says: "done", version: "v2", learned: [], warning: "" } });
  panel = await openPanel(`${SHOT_PATH}?quality=draft`);
  expect(notice()).toContain("These are drafts.");
  await press("ArrowRight");
  await press("u");
  const why = dialog().querySelector("textarea");
  if (!why) throw new Error("no reason is asked for");
  why.value = "quicker";
  why.dispatchEvent(new Event("input"));
  await settle();
  await click("Use it", dialog());
  expect(server.changes.map(({ body }) => body)).toEqual([{ take: "two", why: "quicker", quality: "draft" }]);
  await press("n");
  expect(asked("/api/estimates/nexus-e01")).toEqual(["draft"]);
  await press("Escape");
  await click("Standard");
  expect(asked(URL_OF_SHOT).at(-1)).toBeNull();
});

test("a level that the address makes up is the show's own, and where there is one only none is offered", async () => {
  server.answer("GET /api/episodes/nexus-e01/storyboard", { body: board([boardShot(1)]) });
  panel = await openPanel(`${PATH}?quality=superb`);
  expect(asked("/api/episodes/nexus-e01/storyboard")).toEqual([null]);
  expect(levels()).toEqual([]);
});
