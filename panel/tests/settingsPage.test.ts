import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";

import { violations } from "./axe";
import { click, FakeServer, openPanel, settle } from "./fakeServer";
import { preview } from "./showFixtures";

const FILE = "/api/projects/nexus/files/project.yaml";
const TEXT = "title: Nexus\napprovals: [plan]\n";

let server: FakeServer;
let panel: VueWrapper;
let text: string;

beforeEach(() => {
  server = new FakeServer();
  text = TEXT;
  const show = { id: "nexus", title: "Nexus", logline: "", approvals: ["plan"], cast: [], episodes: ["nexus-e01"], warnings: [], faults: [] };
  server.answer("GET /api/projects/nexus", { body: show });
  server.answer(`GET ${FILE}`, () => ({ body: { project: "nexus", file: "project.yaml", text, sha256: "s", last_edit: null }, headers: { ETag: `"${text.length}"` } }));
  server.answer(`POST ${FILE}/preview`, ({ body }) => {
    const edit = body as { text?: string; changes?: { value?: string[] }[] };
    const now = edit.text ?? `title: Nexus\napprovals: [${(edit.changes?.[0]?.value ?? []).join(", ")}]\n`;
    return { body: { ...preview(), text: now, diff: `--- a\n+++ b\n@@ -1 +1 @@\n+${now.trim().replaceAll("\n", "\n+")}` } };
  });
});
afterEach(() => panel.unmount());

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 700));
  await settle();
}

function ticked(): string[] {
  return panel.findAll<HTMLInputElement>("input[type=checkbox]").filter(({ element }) => element.checked).map(({ element }) => element.name);
}

test("what a person approves is ticked, its difference shown, and saved as that value alone with a reason", async () => {
  server.answer(`PUT ${FILE}`, { body: { says: "saved by Luna" } });
  panel = await openPanel("/settings/nexus");
  expect(ticked()).toEqual(["plan"]);
  await panel.get("[name=master]").setValue(true);
  await pause();
  expect(panel.get("textarea").element.value).toBe("title: Nexus\napprovals: [plan, master]\n");
  expect(panel.get(".saving").text()).toContain("approvals: [plan, master]");
  expect(await violations()).toEqual([]);
  await panel.get("[name=why]").setValue("nothing leaves unseen");
  text = "title: Nexus\napprovals: [plan, master]\n";
  await click("Save");
  const saved = server.changes.at(-1);
  expect([saved?.method, saved?.headers.get("If-Match")]).toEqual(["PUT", `"${TEXT.length}"`]);
  expect(saved?.body).toEqual({ changes: [{ path: ["approvals"], action: "set", value: ["plan", "master"] }], why: "nothing leaves unseen", even_with_faults: false });
  expect(panel.find(".saving").exists()).toBe(false);
});

test("who writes the file is not overruled by the boxes, and a choice that is taken back leaves nothing to save", async () => {
  panel = await openPanel("/settings/nexus");
  await panel.get("[name=plan]").setValue(false);
  await pause();
  expect(server.changes.at(-1)?.body).toEqual({ changes: [{ path: ["approvals"], action: "remove" }] });
  await panel.get("[name=plan]").setValue(true);
  expect(panel.find(".saving").exists()).toBe(false);
  await panel.get("textarea").setValue("title: Nexus\napprovals: [mix]\n");
  expect(panel.get("fieldset").attributes("disabled")).toBeDefined();
  expect(ticked()).toEqual(["mix"]);
  await pause();
  expect(server.changes.at(-1)?.body).toEqual({ text: "title: Nexus\napprovals: [mix]\n" });
  await click("Back");
  expect(panel.get("textarea").element.value).toBe(TEXT);
});

test("the second of two people is told who saved, and may keep what they wrote", async () => {
  server.answer(`PUT ${FILE}`, { status: 412, body: { title: "Somebody else has decided meanwhile", status: 412, detail: "Viktor edited it. Look at it again.", remedy: "Look at it again." } });
  panel = await openPanel("/settings/nexus");
  const mine = "title: Nexus\nseed: 3\n";
  await panel.get("textarea").setValue(mine);
  await pause();
  text = "title: Nexus, again\n";
  await click("Save");
  expect(panel.get(".saving [role=alert]").text()).toContain("Viktor edited it.");
  await click("Compare mine with it");
  await pause();
  expect(panel.get("textarea").element.value).toBe(mine);
  await click("Back");
  expect(panel.get("textarea").element.value).toBe(text);
});
