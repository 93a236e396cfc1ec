import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { CharacterPage } from "@/api/shows";
import { changesOf, formOf } from "@/cast";
import { loraChanges, rowsOf, type Lora } from "@/loras";

import { violations } from "./axe";
import { FakeServer, openPanel, settle } from "./fakeServer";
import { preview } from "./showFixtures";

const LUNA: CharacterPage = {
  id: "luna",
  name: "Luna Chen",
  description: "An AI researcher with long silver hair and red boots.",
  aliases: ["Dr Chen"],
  appearance: { hair_colour: "#d5dbea", hair_style: "long", skin_colour: "#fae0d0", eye_colour: "#8a4fd0", outfit_colour: "#f1f3f8", outfit_style: "lab_coat", accent_colour: "#ff5fc1", build: "slim", presents: "feminine", age_years: 29, features: ["holographic tattoos"], kind: "human", species: "", height: 1, mobility: "", undrawn: ["red boots"] },
  voice: { variant: "f2", pitch: 62, rate_wpm: 166, language: "en", service_voice: "", vocal_tract: 1 },
  loras: [{ file: "luna.safetensors", base_model: "SDXL", strength_model: 0.8, strength_clip: 0.8, trigger: "lunachen", stage: "" }],
  has_own_lora: true,
  references: ["references/luna.png"],
  sheet: { id: "t", stage: "character", attempt: 1, made_at: "2026-01-01T10:00:00Z", engine: "embedded", state: "accepted", score: 0.8, thumb_url: "/media/luna-small.png", url: "/media/luna.png" },
  warnings: [{ file: "nexus/characters/luna.yaml", line: 3, problem: "not drawn: red boots", instead: "they are left out", remedy: "Say it otherwise.", is_note: false }],
};
const FILE_PATH = "/api/projects/nexus/files/characters/luna.yaml";

let server: FakeServer;
let panel: VueWrapper;

function line(id: string, state: string): object {
  return { id, character: "luna", name: "Luna Chen", text: `Line ${id}`, start_s: 0, voice: { id, state, score: null, thumb_url: null, url: `/media/${id}.wav` } };
}

function scene(id: string, place: string, time: string, at = 3): object {
  return { id, number: 1, heading: place, place, time_of_day: time, weather: "rain", mood: "tense", cast: ["luna"], synopsis: "She waits.", line: at, shots: 4, lines: [line(`${id}-1`, "rejected"), line(`${id}-2`, "accepted")] };
}

const lora = (file: string): Lora => ({ file, base_model: "", strength_model: 0.8, strength_clip: 0.8, trigger: "", stage: "" });

beforeEach(() => {
  server = new FakeServer();
  server.answer("GET /api/projects/nexus", { body: { id: "nexus", title: "Nexus", logline: "One night.", cast: [LUNA, { ...LUNA, id: "rex", name: "Rex", sheet: null, warnings: [], loras: [], has_own_lora: false, references: [] }], episodes: ["nexus-e01", "nexus-e02"], warnings: [], faults: [] } });
  server.answer("GET /api/episodes/nexus-e01", { body: { scenes: [scene("sc01", "laboratory", "night"), scene("sc02", "rooftop", "dawn", 20), scene("sc03", "laboratory", "day", 30)], warnings: [{ file: "nexus/episodes/e01.fountain", line: 31, problem: "a snood is not drawn", instead: "it is left out", remedy: "", is_note: true }], faults: [] } });
  server.answer("GET /api/episodes/nexus-e02", { body: { scenes: [], warnings: [], faults: [] } });
  server.answer(`GET ${FILE_PATH}`, { headers: { ETag: '"one"' }, body: { project: "nexus", file: "characters/luna.yaml", text: "name: Luna Chen\n", sha256: "one" } });
  server.answer(`POST ${FILE_PATH}/preview`, { body: preview({ diff: "--- a\n+++ a\n@@ -1 +1 @@\n-  hair_style: long\n+  hair_style: bob\n" }) });
});
afterEach(() => panel?.unmount());

function inDialog<Found extends HTMLElement>(selector: string): Found {
  const found = document.querySelector<Found>(`[role=dialog] ${selector}`);
  if (!found) throw new Error(`the dialog has no ${selector}`);
  return found;
}

async function fill(name: string, value: string): Promise<void> {
  const field = inDialog<HTMLInputElement>(`[name="${name}"]`);
  field.value = value;
  field.dispatchEvent(new Event(field.tagName === "SELECT" ? "change" : "input"));
  await settle();
}

test("a character shows the sheet, a line to hear, looks, LoRAs, references and what was not understood", async () => {
  panel = await openPanel("/cast/nexus");
  const [luna, rex] = panel.findAll("article");
  for (const words of ["Luna Chen", "also Dr Chen", "not drawn: red boots: they are left out. Say it otherwise.", "29 years, slim, feminine, long hair, lab coat, holographic tattoos", "luna.safetensors", "pitch 62, 166 words/min"]) expect(luna?.text()).toContain(words);
  expect(luna?.get("img").attributes()).toMatchObject({ src: "/media/luna-small.png", alt: expect.stringContaining("Character sheet of Luna Chen") as string });
  expect(luna?.get(".references img").attributes()).toMatchObject({ src: "/api/projects/nexus/references/references/luna.png?width=320", alt: "Reference 1 of Luna Chen: references/luna.png" });
  expect(luna?.get("audio").attributes("src")).toBe("/media/sc01-2.wav");
  expect(rex?.text()).toContain("No sheet yet");
  expect(rex?.text()).toContain("no line of nexus-e01 is made yet");
  expect(await violations()).toEqual([]);
});

test("places stand with their scenes, in the episode that somebody chooses", async () => {
  panel = await openPanel("/cast/nexus");
  const places = panel.findAll(".place");
  expect(places.map((place) => place.get("h3").text())).toEqual(["Laboratory", "Rooftop"]);
  expect(places[0]?.findAll(".scenes > li")).toHaveLength(2);
  expect(places[0]?.get("details").text()).toContain("1 remark");
  expect(places[0]?.get("details").text()).toContain("a snood is not drawn: it is left out.");
  expect(places[1]?.find("details").exists()).toBe(false);
  expect(places[0]?.text()).toContain("night, rain, tense · Luna Chen · 4 shots");
  await panel.get("select[name=episode]").setValue("nexus-e02");
  await settle();
  expect(panel.get("main").text()).toContain("Its screenplay has not been read yet.");
});

test("an edit of a character changes single values of the file, seen before they are saved", async () => {
  server.answer(`PUT ${FILE_PATH}`, { body: { says: "nexus/characters/luna.yaml saved by Luna" } });
  panel = await openPanel("/cast/nexus");
  await panel.get("[aria-label='Edit Luna Chen']").trigger("click");
  await settle();
  expect(inDialog<HTMLButtonElement>("[type=submit]").disabled).toBe(true);
  expect(await violations()).toEqual([]);
  await fill("appearance.hair_style", "bob");
  await fill("appearance.age", "31");
  await fill("voice.variant", "");
  inDialog<HTMLButtonElement>("[type=submit]").click();
  await settle();
  const changes = [
    { path: ["appearance", "hair_style"], action: "set", value: "bob" },
    { path: ["appearance", "age"], action: "set", value: 31 },
    { path: ["voice", "variant"], action: "remove" },
  ];
  expect(server.changes.at(-1)?.body).toEqual({ changes });
  expect(inDialog(".added").textContent).toContain("hair_style: bob");
  inDialog<HTMLButtonElement>("[type=submit]").click();
  await settle();
  expect(server.changes.at(-1)?.body).toEqual({ changes, why: "", even_with_faults: false });
  expect(server.changes.at(-1)?.headers.get("If-Match")).toBe('"one"');
  expect(document.querySelector("[role=dialog]")).toBeNull();
});

test("LoRAs and reference pictures are added, changed, put first and taken out as single values of the file", async () => {
  server.answer("POST /api/projects/nexus/cast/luna/references", { body: { says: "stored", file: "references/luna-1a2b.png", sha256: "", is_new: true } });
  vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:coat", revokeObjectURL: () => {} }));
  panel = await openPanel("/cast/nexus");
  await panel.get("[aria-label='Edit Luna Chen']").trigger("click");
  await settle();
  await fill("lora-strength", "0.6");
  [...document.querySelectorAll<HTMLButtonElement>("[role=dialog] button")].find(({ textContent }) => textContent?.includes("Add a LoRA"))?.click();
  await settle();
  const files = document.querySelectorAll<HTMLInputElement>("[role=dialog] [name=lora-file]");
  if (files[1]) files[1].value = "coat.safetensors";
  files[1]?.dispatchEvent(new Event("input"));
  const input = inDialog<HTMLInputElement>("[name=reference]");
  Object.defineProperty(input, "files", { value: [new File(["png"], "coat.png", { type: "image/png" })] });
  input.dispatchEvent(new Event("change"));
  await settle();
  const upload = server.changes.at(-1);
  expect([upload?.path, upload?.headers.get("Content-Type")]).toEqual(["/api/projects/nexus/cast/luna/references", "image/png"]);
  expect([...document.querySelectorAll("[role=dialog] .picture img")].map((picture) => picture.getAttribute("src"))).toEqual(["/api/projects/nexus/references/references/luna.png?width=320", "blob:coat"]);
  expect(await violations()).toEqual([]);
  inDialog<HTMLButtonElement>("[aria-label='Put references/luna-1a2b.png first']").click();
  await settle();
  inDialog<HTMLButtonElement>("[aria-label='Take references/luna.png out']").click();
  await settle();
  inDialog<HTMLButtonElement>("[type=submit]").click();
  await settle();
  expect(server.changes.at(-1)?.body).toEqual({
    changes: [
      { path: ["lora", "strength_model"], action: "set", value: 0.6 },
      { path: ["loras"], action: "append", value: { file: "coat.safetensors", strength_model: 0.8, strength_clip: 0.8 } },
      { path: ["references"], action: "set", value: ["references/luna-1a2b.png"] },
    ],
  });
});

test("LoRAs that go are removed from the end on, and an empty list goes whole", () => {
  const all = [lora("a"), lora("b"), lora("c")];
  const rows = rowsOf(all);
  const after = (kept: number[], hasOwn: boolean) => loraChanges(all, rows.filter(({ at }) => at !== null && kept.includes(at)), { below: [], hasOwn }).map(({ path, action }) => `${action} ${path.join(".")}`);
  expect(after([0, 1, 2], true)).toEqual([]);
  expect(after([1], false)).toEqual(["remove loras.2", "remove loras.0"]);
  expect(after([], false)).toEqual(["remove loras"]);
  expect(after([1, 2], true)).toEqual(["remove lora"]);
  expect(after([0], true)).toEqual(["remove loras"]);
  expect(after([1], true)).toEqual(["remove loras.1", "remove lora"]);
});

test("a form that says what was there changes nothing", () => {
  expect(changesOf(LUNA, formOf(LUNA))).toEqual([]);
  expect(changesOf(LUNA, { ...formOf(LUNA), aliases: "Dr Chen, Doctor", description: " " })).toEqual([{ path: ["aliases"], action: "set", value: ["Dr Chen", "Doctor"] }]);
});
