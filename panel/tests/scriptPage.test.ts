import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { diffLines, headingLines } from "@/script";

import { violations } from "./axe";
import { FakeServer, openPanel, settle } from "./fakeServer";
import { FAULT, FILE_PATH, preview, report, SCRIPT, serveScript } from "./showFixtures";

let server: FakeServer;
let panel: VueWrapper;

beforeEach(() => {
  server = new FakeServer();
  serveScript(server);
});
afterEach(() => panel?.unmount());

async function open(): Promise<void> {
  panel = await openPanel("/script/nexus-e01");
}

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 700));
  await settle();
}

async function click(text: string): Promise<void> {
  const button = [...document.querySelectorAll("button")].find((one) => one.textContent?.includes(text));
  if (!button) throw new Error(`there is no button ${text}`);
  button.click();
  await settle();
}

async function write(text: string): Promise<void> {
  await click("Edit");
  await panel.get("textarea").setValue(text);
  await pause();
}

function dialog(): HTMLElement {
  const found = document.querySelector<HTMLElement>("[role=dialog]");
  if (!found) throw new Error("no dialog is open");
  return found;
}

function submit(): HTMLButtonElement {
  const found = dialog().querySelector<HTMLButtonElement>("button[type=submit]");
  if (!found) throw new Error("the dialog has no form");
  return found;
}

const CHANGED = SCRIPT.replace("listens", "hears");

test("the script stands beside what was understood of it, with warnings at their lines", async () => {
  await open();
  expect(panel.get("#line-5").text()).toContain("Akira glorps a snood.");
  expect(panel.get("#line-5 .remark").text()).toContain('not understood: "glorps": Akira stands. Write a plainer verb.');
  const scene = panel.get(".scene").text();
  for (const words of ["INT. TOWER - NIGHT", "tower", "mood mysterious", "Akira", "It listens.", "0:03"]) expect(scene).toContain(words);
  expect(panel.get(".page-head").text()).toContain("edited by Mei");
  expect(await violations()).toEqual([]);
});

test("what would be made again and how long that takes is shown while somebody writes, before anything is saved", async () => {
  await open();
  await write(CHANGED);
  expect(panel.get(".live").text()).toContain("2 takes to make, about 24 s.");
  expect(panel.get(".doing").text()).toContain("Understood as written");
  const asked = server.changes.map(({ method, path, body }) => [method, path, body]);
  expect(asked).toEqual([
    ["POST", `${FILE_PATH}/preview`, { text: CHANGED }],
    ["POST", "/api/scripts/nexus-e01/preview", { text: CHANGED }],
  ]);
  expect(server.changes.every(({ headers }) => !headers.has("Idempotency-Key"))).toBe(true);
  expect(await violations()).toEqual([]);
});

test("an edit is saved as it was seen, with its difference before and a reason", async () => {
  server.answer(`PUT ${FILE_PATH}`, { body: { says: "nexus/episodes/e01.fountain saved by Luna" } });
  await open();
  await write(CHANGED);
  await click("Look at it and save");
  expect(dialog().querySelector(".removed")?.textContent).toContain("It listens.");
  expect(dialog().querySelector(".added")?.textContent).toContain("It hears.");
  expect(await violations()).toEqual([]);
  const why = dialog().querySelector<HTMLInputElement>("input[name=why]");
  if (!why) throw new Error("nobody is asked why");
  why.value = " shorter ";
  why.dispatchEvent(new Event("input"));
  serveScript(server, CHANGED, '"two"');
  submit().click();
  await settle();
  const put = server.changes.find(({ method }) => method === "PUT");
  expect(put?.body).toEqual({ text: CHANGED, why: "shorter", even_with_faults: false });
  expect(put?.headers.get("If-Match")).toBe('"one"');
  expect(document.querySelector("[role=dialog]")).toBeNull();
  expect(panel.find("textarea").exists()).toBe(false);
  expect(panel.get("#line-8").text()).toContain("It hears.");
});

test("an edit with faults is saved only by whoever says so", async () => {
  server.answer(`POST ${FILE_PATH}/preview`, { body: preview({ faults: [FAULT], new_faults: [FAULT] }) });
  server.answer(`PUT ${FILE_PATH}`, { body: { says: "saved" } });
  await open();
  await write(SCRIPT.replace("AKIRA", "AKIRO"));
  await click("Look at it and save");
  expect(dialog().textContent).toContain("nobody is called AKIRO. Expected a name of the cast. Did you mean AKIRA?");
  expect(submit().disabled).toBe(true);
  dialog().querySelector<HTMLInputElement>("input[type=checkbox]")?.click();
  await settle();
  expect(submit().disabled).toBe(false);
  submit().click();
  await settle();
  expect(server.changes.find(({ method }) => method === "PUT")?.body).toMatchObject({ even_with_faults: true });
});

test("whoever saves second is told, keeps the text, and saves it against the newer file", async () => {
  const detail = "nexus/episodes/e01.fountain is not as you saw it: Viktor edited it. Look at it again, then edit it";
  server.answer(`PUT ${FILE_PATH}`, { status: 412, body: { title: "Somebody else has decided meanwhile", status: 412, detail } });
  await open();
  await write(CHANGED);
  await click("Look at it and save");
  submit().click();
  await settle();
  expect(dialog().querySelector("[role=alert]")?.textContent).toContain("Viktor edited it.");
  expect(submit().disabled).toBe(true);
  serveScript(server, SCRIPT.replace("Signal", "Noise"), '"two"');
  await click("Compare mine");
  await settle();
  expect(dialog().querySelector("[role=alert]")).toBeNull();
  expect(panel.get("textarea").element.value).toBe(CHANGED);
  server.answer(`PUT ${FILE_PATH}`, { body: { says: "saved" } });
  submit().click();
  await settle();
  expect(server.changes.findLast(({ method }) => method === "PUT")?.headers.get("If-Match")).toBe('"two"');
});

test("a script that somebody has changed is not left without a question", async () => {
  const asked = vi.fn<() => boolean>(() => false);
  vi.stubGlobal("confirm", asked);
  await open();
  await write(CHANGED);
  await panel.get(".brand").trigger("click");
  await settle();
  expect(asked).toHaveBeenCalledOnce();
  expect(panel.get("textarea").element.value).toBe(CHANGED);
});

test("a remark leads to its line in the editor", async () => {
  server.answer("POST /api/scripts/nexus-e01/preview", { status: 404 });
  await open();
  await click("Edit");
  await click("Line 5");
  const area = panel.get("textarea").element;
  expect(SCRIPT.slice(0, area.selectionStart).split("\n")).toHaveLength(5);
  expect(panel.get(".here").text()).toContain('Line 5: warning: not understood: "glorps"');
});

test("somebody who speaks and has no character file is given one at the press of a button", async () => {
  const fault = { ...FAULT, problem: "'KENJI' speaks, but is not a character of this project", remedy: "`tower cast nexus-e01` writes the missing files." };
  server.answer("GET /api/scripts/nexus-e01", { body: report({ faults: [fault] }) });
  server.answer("POST /api/projects/nexus/cast", { body: { cast: [{ id: "kenji", name: "KENJI", is_described: false, near: "" }] } });
  await open();
  serveScript(server);
  await click("Write missing character files");
  expect(server.changes.map(({ body }) => body)).toEqual([{ episode: "nexus-e01" }]);
  expect([...document.querySelectorAll(".toast")].at(-1)?.textContent).toContain("Character files written for KENJI");
  expect(panel.get(".doing").text()).not.toContain("Write missing character files");
});

test("whoever may only look does not edit", async () => {
  server.answer("GET /api/me", { body: { name: "Guest", scope: "read" } });
  await open();
  expect(panel.findAll(".doing button").find((one) => one.text().startsWith("Edit"))?.attributes("disabled")).toBeDefined();
});

test("headings are found in their order, and lines of a diff are what they do", () => {
  const text = "INT. A - DAY\n\nINT. B - DAY\n\nint. a - day\n";
  expect(headingLines(text, [{ heading: "INT. A - DAY" }, { heading: "INT. A - DAY" }, { heading: "INT. C" }])).toEqual([1, 5, null]);
  expect(diffLines("--- a\n+++ a\n@@ -1 +1 @@\n same\n--- b\n+c\n").map(({ kind, text: line }) => [kind, line])).toEqual([
    ["place", "@@ -1 +1 @@"],
    ["same", "same"],
    ["removed", "-- b"],
    ["added", "c"],
  ]);
});

test("a draft is accepted as it was seen, with a why; whoever looked at another one is told", async () => {
  server.answer("GET /api/scripts/nexus-e01", { body: report({ is_draft: true, sha256: "seen" }), headers: { ETag: '"seen"' } });
  server.answer("POST /api/scripts/nexus-e01/accept", { status: 412, body: { title: "Somebody else has decided meanwhile", status: 412, detail: "Viktor edited the draft." } });
  await open();
  await click("Accept the draft");
  expect(await violations()).toEqual([]);
  submit().click();
  await settle();
  expect(dialog().querySelector("[role=alert]")?.textContent).toContain("Viktor edited the draft.");
  const why = dialog().querySelector("textarea");
  if (!why) throw new Error("no reason is asked for");
  why.value = "it is what we want";
  why.dispatchEvent(new Event("input"));
  await settle();
  const run = { kind: "episode", keys: ["nexus-e01"], quality: "" };
  server.answer("POST /api/scripts/nexus-e01/accept", { body: { says: "nexus-e01: Luna accepted the draft.", run } });
  server.answer("GET /api/scripts/nexus-e01", { body: report() });
  submit().click();
  await settle();
  expect(server.changes.at(-1)).toMatchObject({ path: "/api/scripts/nexus-e01/accept", body: { why: "it is what we want" } });
  expect(server.changes.at(-1)?.headers.get("If-Match")).toBe('"seen"');
  expect([...document.querySelectorAll(".toast")].at(-1)?.textContent).toContain("The draft is the script now");
  expect(document.querySelector("[role=dialog]")).toBeNull();
  expect(panel.text()).not.toContain("Accept the draft");
});
