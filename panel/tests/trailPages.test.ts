import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";

import type { AttemptRow } from "@/api/trails";

import { violations } from "./axe";
import { FakeServer, openPanel, settle } from "./fakeServer";

const SHOT = "nexus-e01-sc01-sh0010";
let server: FakeServer;
let panel: VueWrapper | null = null;

function row(number: number, changes: Partial<AttemptRow> = {}): AttemptRow {
  return {
    id: `d${number}`, stage: "keyframe", subject: "sc01-sh0010", number, state: "accepted", decided_at: "2026-01-01T10:00:00Z", created_by: "Luna", score: 0.71,
    engine: "comfyui:anime", seed: String(4700 + number), server: "http://gpu:8188", duration_s: 21.4, error: "", reasoning: "The style asks for it.", changed: [], failed: [], people: [],
    url: `/media/k${number}.png`, thumb_url: `/media/t${number}.jpg`, graphs: [{ part: 0, url: `/api/graphs/j${number}` }], ...changes,
  };
}

const REJECTED = row(1, { state: "rejected", score: 0.42, failed: ["keyframes_are_sharp: edge_acuity is 0.2, must be >= 0.5"] });
const ACCEPTED = row(2, { changed: ["another seed", "cfg 5 -> 4.75 (learned)"], people: [{ who: "Mei", at: "2026-01-01T11:00:00Z", what: "chose this take", why: "the hands" }] });
const LOST = row(3, { state: "could not be made", url: null, thumb_url: null, score: null, error: "the server was lost", graphs: [] });
const ASKED = { model: "echo_brain", asked_at: "2026-01-01T09:59:00Z", duration_s: 2.5, confidence: null, query: '{"scene": 1}', response: "not JSON", used: "1 background", overruled: ["shot 1: the pose, because the script says run"] };

const ATTEMPT = {
  state: "rejected", episode: "nexus-e01", shot: SHOT, graphs: [{ part: 0, url: "/api/graphs/j1" }],
  attempt: {
    id: "d1", subject: "sc01-sh0010", stage: "keyframe", number: 1, status: "succeeded", cause: "", error: "", reasoning: "The style asks for it.", decided_at: "2026-01-01T10:00:00Z",
    created_by: "Luna", session: "", run: "", replaces: "d0", engine: "comfyui:anime", engine_version: "3", server: "http://gpu:8188", brief_digest: "abc", duration_s: 21.4, cpu_s: null, gpu_s: 20,
    score: 0.42, seed: "4701", workflow: "anime", workflow_sha256: "0123456789abcdef", is_prompt_sent: true, plan_decision: "p1",
    prompt: [{ text: "silver hair", source: "characters/akira.yaml", role: "character" }, { text: "at night", source: "", role: "setting" }], negative: [{ text: "blurry", source: "project.yaml: style.negative", role: "negative" }],
    values: [{ name: "cfg", value: 5, origin: "workflow default" }, { name: "steps", value: 30, origin: "" }],
    models: [{ file: "ANIME.safetensors", place: "ckpt", origin: "project.yaml: style.checkpoint", sha256: "" }],
    changed: [], ranking: [{ state: "chosen", engine: "comfyui:anime", value: 0.8123, why: "it suits the style", strategy: "balanced" }],
    jobs: [{ id: "j1", part: 0, prompt_id: "q1", server: "http://gpu:8188", success: true, seconds: 20, error: "", uploads: { "init.png": "aa/init.png" } }],
    consultations: [ASKED],
    takes: [{
      id: "t1", accepted: false, rank: null, files: { main: "ab/k.png", thumb: "ab/t.jpg" }, waived: ["clips_move"], people: [],
      verdicts: [
        { gate: "keyframes_are_sharp", measure: "edge_acuity", value: 0.2, unit: "share", low: 0.5, high: null, good: 0.9, passed: false },
        { gate: "clips_move", measure: "motion", value: 0.1, unit: "px", low: 1, high: null, good: null, passed: false },
      ],
    }],
  },
};

const take = (id: string, stage: string) => ({ id, stage, state: "accepted", score: 0.8, thumb_url: null, url: `/media/${id}.wav`, attempt: 1, made_at: "2026-01-01T10:00:00Z", engine: "mixer" });
const file = (role: string, url: string) => ({ role, name: `nexus-e01-${role}`, url, download_url: `${url}?download=m1`, media_type: "", size_bytes: 2_000_000 });

beforeEach(() => {
  server = new FakeServer();
  server.answer(`GET /api/trails/${SHOT}`, { body: { key: SHOT, episode: "nexus-e01", words: ["Keyframe: accepted at attempt 2 of 3", "  Attempt 1: rejected"], attempts: [REJECTED, ACCEPTED, LOST], plan: "p1", plan_consultations: [ASKED] } });
  server.answer("GET /api/trails/nexus-e01", { body: { key: "nexus-e01", episode: "nexus-e01", words: ["nexus-e01: 250 attempts"], attempts: Array.from({ length: 250 }, (_, at) => row(at + 1)), plan: "", plan_consultations: [] } });
  server.answer("GET /api/attempts/d1", { body: ATTEMPT });
});
afterEach(() => {
  panel?.unmount();
  panel = null;
});

test("a shot's attempts stand beside each other with what failed, what changed and who chose", async () => {
  panel = await openPanel(`/trail/${SHOT}`);
  const cards = panel.findAll(".attempt");
  expect(cards.map((card) => card.get("strong").text())).toEqual(["Attempt 3", "Attempt 2", "Attempt 1"]);
  expect(cards[0]?.text()).toContain("the server was lost");
  for (const words of ["Another seed", "Mei chose this take: the hands", "score 0.71"]) expect(cards[1]?.text()).toContain(words);
  expect(cards[2]?.text()).toContain("Keyframes are sharp: edge_acuity is 0.2, must be >= 0.5");
  expect(cards[1]?.get("img").attributes("alt")).toBe("Keyframe, attempt 2, accepted");
  expect(cards[1]?.get("a[download]").attributes("href")).toBe("/api/graphs/j2");
  expect(panel.get(".words .level-1, p.level-1").text()).toBe("Attempt 1: rejected");
  expect(panel.get("main").text()).toContain("because the script says run");
  expect(panel.findAll("main a").map((link) => link.attributes("href"))).toEqual(expect.arrayContaining(["/attempt/d2", "/attempt/p1", `/shot/${SHOT}`]));
  expect(await violations()).toEqual([]);
});

test("an episode's trail is told in words and lists its attempts, of many the newest first", async () => {
  panel = await openPanel("/trail/nexus-e01");
  expect(panel.get("[aria-label='In short']").text()).toBe("nexus-e01: 250 attempts");
  expect(panel.findAll("tbody tr")).toHaveLength(200);
  expect(panel.get("tbody tr").text()).toContain("4950");
  await panel.findAll("button").find((button) => button.text() === "All 250 attempts")?.trigger("click");
  expect(panel.findAll("tbody tr")).toHaveLength(250);
  expect(panel.findAll(".attempt")).toHaveLength(0);
});

test("an attempt's page has everything on record, each with where it comes from", async () => {
  panel = await openPanel("/attempt/d1");
  const rows = (caption: string) => panel?.findAll("table").find((table) => table.get("caption").text().startsWith(caption))?.findAll("tbody tr").map((line) => line.findAll("td").map((cell) => cell.text()));
  expect(panel.get("h1").text()).toBe("Keyframe sc01-sh0010, attempt 1 Rejected");
  expect(panel.findAll(".joined").map((words) => words.text())).toEqual(["silver hair, at night", "blurry"]);
  expect(panel.get("main").text()).toContain("source not on record");
  expect(rows("Each value")).toEqual([["cfg", "5", "workflow default"], ["steps", "30", "not on record"]]);
  expect(rows("Model files")).toEqual([["ANIME.safetensors", "ckpt", "project.yaml: style.checkpoint", "not on record"]]);
  expect(rows("Jobs")).toEqual([["1", "q1", "http://gpu:8188", "20.0", "Done", "Graph", "init.png"]]);
  expect(rows("What was considered")).toEqual([["chosen", "comfyui:anime", "0.81", "it suits the style"]]);
  expect(rows("Measured by the gates")?.map((cells) => cells.at(-1))).toEqual(["Failed a gate", "failed, waived"]);
  const links = panel.findAll("main a").map((link) => link.attributes("href"));
  for (const link of ["/api/graphs/j1", "/media/aa/init.png", "/attempt/p1", "/attempt/d0", `/trail/${SHOT}`]) expect(links).toContain(link);
  expect(await violations()).toEqual([]);
});

test("an attempt that is not on record says so", async () => {
  server.answer("GET /api/attempts/none", { status: 404, body: { title: "There is nothing here", status: 404, detail: "no decision none is on record", remedy: "" } });
  panel = await openPanel("/attempt/none");
  await settle();
  expect(panel.get("[role=alert]").text()).toContain("no decision none is on record");
});

test("the film page plays the master with subtitles and every sound, each with how it was made", async () => {
  const scene = { id: "sc01", heading: "INT. LAB - NIGHT", place: "lab", time_of_day: "night", weather: "", mood: "tense", cast: [], number: 1, synopsis: "", shots: 2 };
  const lines = [{ id: "l1", character: "akira", name: "Akira", text: "It listens.", start_s: 61, voice: take("v1", "voice") }, { id: "l2", character: "akira", name: "Akira", text: "Not yet.", start_s: null, voice: null }];
  server.answer("GET /api/episodes/nexus-e01", {
    body: {
      summary: { key: "nexus-e01", title: "Signal in the Noise" }, scenes: [{ ...scene, lines, music: take("mu1", "music"), music_credit: "Clara, CC BY 4.0" }], faults: [],
      warnings: [{ file: "nexus/episodes/e01.fountain", line: 4, problem: "BURN TO is not a transition", instead: "a cut is used", remedy: "", is_note: false }],
      mix: take("mix1", "mix"), master: null, deliverables: [file("main", "/media/m.mp4"), file("vtt", "/media/m.vtt")], delivered: ["/home/episodes/nexus-e01.mp4"],
    },
  });
  panel = await openPanel("/film/nexus-e01");
  expect(panel.get("video").attributes("src")).toBe("/media/m.mp4");
  expect(panel.get("track").attributes("src")).toBe("/media/m.vtt");
  expect(panel.get("main").text()).toContain("Changed since");
  expect(panel.findAll("audio").map((sound) => sound.attributes("aria-label"))).toEqual(["The whole mix", "Music, tense", "Akira: It listens."]);
  for (const words of ["Clara, CC BY 4.0", "at 1:01", "1 warning, 0 notes", "BURN TO is not a transition", "/home/episodes/nexus-e01.mp4"]) expect(panel.get("main").text()).toContain(words);
  expect(panel.findAll("main a").map((link) => link.attributes("href"))).toEqual(expect.arrayContaining(["/attempt/v1", "/attempt/mu1", "/media/m.mp4?download=m1"]));
  expect(await violations()).toEqual([]);
});
