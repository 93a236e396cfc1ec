import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";

import type { ProjectPage } from "@/api/shows";
import { showChanges, showForm } from "@/show";

import { violations } from "./axe";
import { click, FakeServer, openPanel, settle } from "./fakeServer";
import { preview } from "./showFixtures";

const FILE = "/api/projects/nexus/files/project.yaml";
const TEXT = "title: Nexus\napprovals: [plan]\n";

const SHOW = {
  id: "nexus", title: "Nexus", logline: "", approvals: ["plan"], cast: [], episodes: ["nexus-e01"], warnings: [], faults: [], quality: "standard", seed: 7, thresholds: {},
  style: { art_direction: "ink", palette: ["#112233", "#445566"], positive: "anime", negative: "blurry", checkpoint: "", loras: [] },
  delivery: { width_px: 768, height_px: 512, fps: 24, max_clip_frames: 121, loudness_lufs: -16, true_peak_dbtp: -1 },
  engines: { director: "auto", keyframes: "auto", clips: "auto", voice: "auto", music: "auto", attempts: 3, keyframes_from: "words" },
  caps: [{ scope: "episode", unit: "gpu_seconds", limit: 600, since: "" }, { scope: "day", unit: "money", limit: 2.5, since: "" }],
};

let server: FakeServer;
let panel: VueWrapper;
let text: string;

beforeEach(() => {
  server = new FakeServer();
  text = TEXT;
  const show = { ...SHOW };
  server.answer("GET /api/projects/nexus", { body: show });
  server.answer(`GET ${FILE}`, () => ({ body: { project: "nexus", file: "project.yaml", text, sha256: "s", last_edit: null }, headers: { ETag: `"${text.length}"` } }));
  server.answer(`POST ${FILE}/preview`, ({ body }) => {
    const edit = body as { text?: string; changes?: { value?: string[] }[] };
    const now = edit.text ?? `title: Nexus\napprovals: [${[edit.changes?.at(-1)?.value ?? []].flat().join(", ")}]\n`;
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
  expect(panel.get<HTMLTextAreaElement>("textarea[name=project]").element.value).toBe("title: Nexus\napprovals: [plan, master]\n");
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
  await panel.get<HTMLTextAreaElement>("textarea[name=project]").setValue("title: Nexus\napprovals: [mix]\n");
  expect(panel.get(".approvals").attributes("disabled")).toBeDefined();
  expect(ticked()).toEqual(["mix"]);
  await pause();
  expect(server.changes.at(-1)?.body).toEqual({ text: "title: Nexus\napprovals: [mix]\n" });
  await click("Back");
  expect(panel.get<HTMLTextAreaElement>("textarea[name=project]").element.value).toBe(TEXT);
});

test("the second of two people is told who saved, and may keep what they wrote", async () => {
  server.answer(`PUT ${FILE}`, { status: 412, body: { title: "Somebody else has decided meanwhile", status: 412, detail: "Viktor edited it. Look at it again.", remedy: "Look at it again." } });
  panel = await openPanel("/settings/nexus");
  const mine = "title: Nexus\nseed: 3\n";
  await panel.get<HTMLTextAreaElement>("textarea[name=project]").setValue(mine);
  await pause();
  text = "title: Nexus, again\n";
  await click("Save");
  expect(panel.get(".saving [role=alert]").text()).toContain("Viktor edited it.");
  await click("Compare mine with it");
  await pause();
  expect(panel.get<HTMLTextAreaElement>("textarea[name=project]").element.value).toBe(mine);
  await click("Back");
  expect(panel.get<HTMLTextAreaElement>("textarea[name=project]").element.value).toBe(text);
});

test("style, delivery, engines, LoRAs and caps are fields whose changes are single values, seen before they are saved", async () => {
  server.answer(`PUT ${FILE}`, { body: { says: "saved by Luna" } });
  panel = await openPanel("/settings/nexus");
  await panel.get("[name=logline]").setValue("One night.");
  await panel.get("[name='style.palette']").setValue("#112233, teal");
  expect(panel.findAll(".swatches .swatch")).toHaveLength(2);
  await panel.get("[name='delivery.loudness']").setValue("-14");
  await panel.get("[name='engines.likeness']").setValue("references");
  await panel.get("[name='style.negative']").setValue("");
  await panel.get("[name='caps.episode.gpu_seconds']").setValue("");
  await panel.get("[name='caps.day.money']").setValue("4");
  await panel.findAll("button").find((button) => button.text() === "Add a LoRA")?.trigger("click");
  await panel.get("[name=lora-file]").setValue("ink.safetensors");
  await panel.get("[name=keyframes]").setValue(true);
  await pause();
  const changes = [
    { path: ["logline"], action: "set", value: "One night." },
    { path: ["style", "palette"], action: "set", value: ["#112233", "teal"] },
    { path: ["style", "negative"], action: "remove" },
    { path: ["delivery", "loudness"], action: "set", value: -14 },
    { path: ["engines", "likeness"], action: "set", value: "references" },
    { path: ["caps", "day", "money"], action: "set", value: 4 },
    { path: ["caps", "episode"], action: "remove" },
    { path: ["style", "loras"], action: "append", value: { file: "ink.safetensors", strength_model: 0.8, strength_clip: 0.8 } },
    { path: ["approvals"], action: "set", value: ["plan", "keyframes"] },
  ];
  expect(server.changes.at(-1)?.body).toEqual({ changes });
  expect(await violations()).toEqual([]);
  await panel.get("[name=why]").setValue("the channel asks for it");
  await click("Save");
  expect(server.changes.at(-1)?.body).toEqual({ changes, why: "the channel asks for it", even_with_faults: false });
  expect(panel.find(".saving").exists()).toBe(false);
  expect(panel.get<HTMLTextAreaElement>("[name=logline]").element.value).toBe("");
});

test("fields stay as they were written when somebody else saved, and who writes the file has them wait", async () => {
  server.answer(`PUT ${FILE}`, { status: 412, body: { title: "Somebody else has decided meanwhile", status: 412, detail: "Viktor edited it. Look at it again.", remedy: "Look at it again." } });
  panel = await openPanel("/settings/nexus");
  await panel.get("[name=title]").setValue("Nexus Two");
  await pause();
  text = "title: Nexus\nseed: 9\n";
  await click("Save");
  await click("Compare mine with it");
  await pause();
  expect(panel.get<HTMLInputElement>("[name=title]").element.value).toBe("Nexus Two");
  expect(server.changes.at(-1)?.body).toEqual({ changes: [{ path: ["title"], action: "set", value: "Nexus Two" }] });
  await panel.get("textarea[name=project]").setValue("title: By hand\n");
  expect(panel.get("fieldset.show").attributes("disabled")).toBeDefined();
  expect(panel.get<HTMLInputElement>("[name=title]").element.value).toBe("Nexus");
  await click("Back");
  expect(panel.get("fieldset.show").attributes("disabled")).toBeUndefined();
});

test("caps go with their last scope", () => {
  const show = SHOW as unknown as ProjectPage;
  expect(showChanges(show, { ...showForm(show), "caps.episode.gpu_seconds": "", "caps.day.money": "" })).toEqual([{ path: ["caps"], action: "remove" }]);
  expect(showChanges(show, { ...showForm(show), "caps.day.gpu_seconds": "60" })).toEqual([{ path: ["caps", "day", "gpu_seconds"], action: "set", value: 60 }]);
  expect(showChanges(show, showForm(show))).toEqual([]);
});
