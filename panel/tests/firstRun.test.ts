import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { violations } from "./axe";
import { click, dialog, episode, estimate, FakeServer, openPanel, settle } from "./fakeServer";
import { serveScript } from "./showFixtures";

const SCRIPT = "INT. HARBOUR - NIGHT\n\nMEI\nHello.\n";

let server: FakeServer;
let panel: VueWrapper;

beforeEach(() => {
  server = new FakeServer();
});
afterEach(() => panel?.unmount());

function written(key: string, faults = 0): object {
  return { says: "", project: key.split("-")[0], episode: key, files: [], cast: [], can_run: faults === 0, fault_count: faults };
}

/** Wait until the panel is there: a page's script is loaded when it is opened first. */
async function arrive(at: string): Promise<void> {
  await vi.waitFor(() => expect(panel.vm.$router.currentRoute.value.path).toBe(at), { timeout: 20_000 });
  await settle();
}

test("a pasted screenplay becomes a show, and its storyboard says how to make it", async () => {
  server.answer("POST /api/projects", { status: 201, body: written("harbour-e01") });
  server.answer("GET /api/episodes/harbour-e01/storyboard", { status: 409, body: { title: "It waits for somebody", status: 409, detail: "the screenplay of harbour-e01 has not been read yet" } });
  server.answer("GET /api/estimates/harbour-e01", { body: estimate({ episode: "harbour-e01" }) });
  server.answer("POST /api/runs", { body: {} });
  panel = await openPanel("/");
  expect(panel.get<HTMLButtonElement>(".bring [type=submit]").element.disabled).toBe(true);
  expect(await violations()).toEqual([]);
  await panel.get("textarea[name=text]").setValue(SCRIPT);
  await panel.get("input[name=title]").setValue("Harbour");
  await panel.get("form.bring").trigger("submit");
  await settle();
  expect(server.changes.map(({ path: asked, body }) => [asked, body])).toEqual([["/api/projects", { file_name: "Pasted text.fountain", id: "", text: SCRIPT, title: "Harbour" }]]);
  await arrive("/storyboard/harbour-e01");
  expect(panel.get(".ready").text()).toContain("Nothing is made yet");
  expect(panel.find(".problem").exists()).toBe(false);
  await panel.get(".ready .primary").trigger("click");
  await settle();
  await click("Begin", dialog());
  await settle();
  expect(server.changes.at(-1)?.body).toEqual({ kind: "episode", keys: ["harbour-e01"] });
});

test("what a screenplay would become is told before anything is made of it", async () => {
  const understood = { episode: "harbour-e01", project: "harbour", title: "Harbour", duration_s: 65, scenes: [{ id: "sc01", heading: "INT. HARBOUR - NIGHT", lines: [{}] }], faults: [], warnings: [{ file: "harbour/episodes/e01.fountain", line: 3, problem: "no picture of a quokka", instead: "left out", remedy: "", is_note: true }], cast: [{ id: "mei", name: "MEI", is_described: false, near: "" }], encoding: "" };
  server.answer("POST /api/projects/preview", { body: understood });
  panel = await openPanel("/");
  await panel.get("textarea[name=text]").setValue(SCRIPT);
  await click("See what is understood");
  const shown = panel.get(".preview").text();
  for (const words of ["Harbour harbour-e01 · 1:05", "INT. HARBOUR - NIGHT 1 line", "MEI the script does not say", "Line 3", "no picture of a quokka: left out."]) expect(shown).toContain(words);
  expect(await violations()).toEqual([]);
  expect(server.changes.map(({ path, body, headers }) => [path, body, headers.has("Idempotency-Key")])).toEqual([["/api/projects/preview", { file_name: "Pasted text.fountain", id: "", text: SCRIPT, title: "" }, false]]);
  await panel.get("textarea[name=text]").setValue(`${SCRIPT}More.`);
  expect(panel.find(".preview").exists()).toBe(false);
});

test("a dropped file goes as it is, whatever its encoding", async () => {
  server.answer("POST /api/projects", { status: 201, body: written("harbour-e01") });
  panel = await openPanel("/");
  const file = new File([new Uint8Array([0xff, 0xfe, 0x41, 0x00])], "Harbour Lights.fountain");
  await panel.get("form.bring").trigger("drop", { dataTransfer: { files: [file] } });
  expect(panel.get(".drop").text()).toContain("Harbour Lights.fountain");
  await panel.get("form.bring").trigger("submit");
  await settle();
  expect(server.changes[0]?.body).toEqual({ file_name: "Harbour Lights.fountain", id: "", base64: "//5BAA==", title: "" });
});

test("an episode with faults is added, and leads to its script", async () => {
  server.answer("GET /api/episodes", { body: { items: [episode()], next: null } });
  server.answer("POST /api/projects/nexus/episodes", { status: 201, body: written("nexus-e01", 2) });
  serveScript(server);
  panel = await openPanel("/");
  await panel.get("[aria-label='Add an episode to Nexus']").trigger("click");
  await settle();
  expect(await violations()).toEqual([]);
  const text = document.querySelector<HTMLTextAreaElement>("[role=dialog] textarea");
  if (!text) throw new Error("no text can be pasted");
  text.value = SCRIPT;
  text.dispatchEvent(new Event("input"));
  await settle();
  document.querySelector<HTMLButtonElement>("[role=dialog] [type=submit]")?.click();
  await settle();
  expect(server.changes[0]?.path).toBe("/api/projects/nexus/episodes");
  await arrive("/script/nexus-e01");
  expect([...document.querySelectorAll(".toast")].at(-1)?.textContent).toContain("2 faults to correct");
});

test("a screenplay that cannot be read says what is wrong, and stays to be mended", async () => {
  const faults = [{ where: "script.fountain", problem: "this is a PDF; expected a screenplay", remedy: "Export it as Fountain." }];
  server.answer("POST /api/projects", { status: 422, body: { title: "The input is wrong", status: 422, detail: "One fault", faults } });
  panel = await openPanel("/");
  await panel.get("textarea[name=text]").setValue("%PDF");
  await panel.get("form.bring").trigger("submit");
  await settle();
  expect(panel.get(".bring [role=alert]").text()).toContain("this is a PDF; expected a screenplay Export it as Fountain.");
  expect(panel.get<HTMLTextAreaElement>("textarea[name=text]").element.value).toBe("%PDF");
});

test("whoever may only look brings nothing", async () => {
  server.answer("GET /api/me", { body: { name: "Guest", scope: "read" } });
  panel = await openPanel("/");
  await panel.get("textarea[name=text]").setValue(SCRIPT);
  expect(panel.get<HTMLButtonElement>(".bring [type=submit]").element.disabled).toBe(true);
});
