import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";

import type { CharacterPage } from "@/api/shows";
import { changesOf, formOf } from "@/cast";

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

function scene(id: string, place: string, time: string): object {
  return { id, number: 1, heading: place, place, time_of_day: time, weather: "rain", mood: "tense", cast: ["luna"], synopsis: "She waits.", line: 3, shots: 4, lines: [line(`${id}-1`, "rejected"), line(`${id}-2`, "accepted")] };
}

beforeEach(() => {
  server = new FakeServer();
  server.answer("GET /api/projects/nexus", { body: { id: "nexus", title: "Nexus", logline: "One night.", cast: [LUNA, { ...LUNA, id: "rex", name: "Rex", sheet: null, warnings: [], loras: [], references: [] }], episodes: ["nexus-e01", "nexus-e02"], warnings: [], faults: [] } });
  server.answer("GET /api/episodes/nexus-e01", { body: { scenes: [scene("sc01", "laboratory", "night"), scene("sc02", "rooftop", "dawn"), scene("sc03", "laboratory", "day")], warnings: [], faults: [] } });
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
  for (const words of ["Luna Chen", "also Dr Chen", "not drawn: red boots: they are left out. Say it otherwise.", "29 years, slim, feminine, long hair, lab coat, holographic tattoos", "luna.safetensors", "references/luna.png", "pitch 62, 166 words/min"]) expect(luna?.text()).toContain(words);
  expect(luna?.get("img").attributes()).toMatchObject({ src: "/media/luna-small.png", alt: expect.stringContaining("Character sheet of Luna Chen") as string });
  expect(luna?.get("audio").attributes("src")).toBe("/media/sc01-2.wav");
  expect(rex?.text()).toContain("No sheet yet");
  expect(rex?.text()).toContain("no line of nexus-e01 is made yet");
  expect(await violations()).toEqual([]);
});

test("places stand with their scenes, in the episode that somebody chooses", async () => {
  panel = await openPanel("/cast/nexus");
  const places = panel.findAll(".place");
  expect(places.map((place) => place.get("h3").text())).toEqual(["Laboratory", "Rooftop"]);
  expect(places[0]?.findAll("li")).toHaveLength(2);
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

test("a form that says what was there changes nothing", () => {
  expect(changesOf(LUNA, formOf(LUNA))).toEqual([]);
  expect(changesOf(LUNA, { ...formOf(LUNA), aliases: "Dr Chen, Doctor", description: " " })).toEqual([{ path: ["aliases"], action: "set", value: ["Dr Chen", "Doctor"] }]);
});
