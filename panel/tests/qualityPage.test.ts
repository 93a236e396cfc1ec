import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { SeriesPoint } from "@/api/quality";
import { curvesOf } from "@/quality";

import { violations } from "./axe";
import { FakeServer, openPanel, settle } from "./fakeServer";

vi.mock("chart.js", async (importOriginal) => ({
  ...(await importOriginal<object>()),
  Chart: class {
    static register(): void {}
    destroy(): void {}
  },
}));

let server: FakeServer;
let panel: VueWrapper | null = null;

function point(attempt: number, value: number): SeriesPoint {
  return { attempt, at: "2026-01-01T10:00:00Z", value, low: null, high: null };
}

const FIGURES = {
  project: "nexus",
  attempts: 40,
  accepted: 0.75,
  accepted_low: 0.6,
  accepted_high: 0.86,
  attempts_per_accepted: 1.33,
  mean_score: 0.62,
  opinions: 3,
  stages: [{ stage: "keyframe", acceptance: [point(1, 1), point(2, 0.5)], scores: [point(1, 0.7), point(2, 0.65)] }],
  groups: [{ stage: "keyframe", engine: "comfyui:anime", by: "character", value: "akira", attempts: 20, accepted: 0.8, low: 0.6, high: 0.9, mean_score: 0.6, rejected_most_by: "" }],
  costs: [{ stage: "keyframe", engine: "comfyui:anime", takes: 40, accepted: 30, takes_per_accepted: 1.33, mean_score: 0.62, median_s: 20, p95_s: 31, cpu_s: 45, gpu_s: 800, cpu_s_per_accepted: 1.5, gpu_s_per_accepted: 26.6 }],
  measures: [{ stage: "keyframe", gate: "keyframes_are_sharp", measure: "edge_acuity", unit: "share", takes: 40, passed_share: 0.85, least: 0.2, median: 0.6, most: 0.9 }],
  workflows: [{ engine: "comfyui:anime", stage: "keyframe", runs: 40, succeeded: 38, accepted: 30, median_s: 20, p95_s: 31, gpu_s_per_accepted: 26.6, mean_score: null }],
  rejections: { keyframes_are_sharp: 6, off_model: 9 },
  patterns: [{ stage: "keyframe", engine: "comfyui:anime", text: "Steps of 30 do better than 20.", samples: 22, mean_score: 0.6 }],
  lessons: [{ shot: "nexus-e01-sc01-sh0010", director: "echo", learned: ["Rain needs contrast."], recommendations: ["Light from behind."], at: "2026-01-01T10:00:00Z" }],
};
const SESSION = { id: "s1", project_id: "nexus", title: "Night shift", started_by: "Akira", started_at: "2026-01-01T10:00:00Z", ended_at: null, episode_ids: ["e01"], decisions: 50, failed: 0, takes: 40, accepted: 30, rejected: 2, mean_score: 0.62 };

beforeEach(() => {
  server = new FakeServer();
  server.answer("GET /api/projects", { body: { items: [{ id: "nexus", title: "Nexus" }], next: null } });
  server.answer("GET /api/quality/nexus", { body: FIGURES });
  server.answer("GET /api/sessions", { body: { items: [{ summary: SESSION, outcome: "interrupted" }] } });
});
afterEach(() => {
  panel?.unmount();
  panel = null;
});

async function open(path = "/quality"): Promise<VueWrapper> {
  panel = await openPanel(path);
  for (let round = 0; round < 20 && !panel.find(".chart").exists(); round += 1) await settle();
  return panel;
}

const scoreRows = (page: VueWrapper) => page.findAll(".table").slice(1, 3).map((table) => table.findAll("tbody tr").map((row) => row.findAll("th, td").map((cell) => cell.text())));

test("trends, acceptance, costs, reasons and what was learned are shown", async () => {
  const page = await open();
  const text = page.get("main").text();
  for (const words of ["75 %", "likely 60 % to 86 %", "0.62", "Steps of 30 do better than 20.", "Rain needs contrast.", "Next time: Light from behind."]) expect(text).toContain(words);
  expect(page.findAll(".chart figcaption").map((caption) => caption.text())).toEqual([
    "Accepted over time",
    "Scores over time",
    "Cost of an accepted take",
    "Accepted by character",
    "Why attempts were rejected",
  ]);
});

test("each chart has its figures as a table too", async () => {
  const page = await open();
  const rows = (title: string) =>
    page.findAll(".chart").find((chart) => chart.text().startsWith(title))?.findAll("tbody tr").map((row) => row.findAll("th, td").map((cell) => cell.text()));
  expect(rows("Accepted over time")).toEqual([["1", "1"], ["2", "0.5"]]);
  expect(rows("Cost of an accepted take")).toEqual([["Keyframe · anime", "26.6", "1.5"]]);
  expect(rows("Accepted by character")).toEqual([["Akira", "0.8"]]);
  expect(rows("Why attempts were rejected")).toEqual([["Off model", "9"], ["Keyframes are sharp", "6"]]);
  expect(await violations()).toEqual([]);
});

test("workflows and sessions are listed with what became of them", async () => {
  const page = await open();
  const row = (heading: string) => page.findAll(".table").find((table) => table.text().startsWith(heading))?.get("tbody tr").text();
  expect(row("By workflow")).toContain("95 %");
  expect(row("Sessions")).toContain("Interrupted");
  expect(row("Sessions")).toContain("Night shift");
});

test("what the gates measured and what takes cost is shown of the show, or of the episode in the address", async () => {
  server.answer("GET /api/projects/nexus", { body: { id: "nexus", title: "Nexus", cast: [], episodes: ["nexus-e01", "nexus-e02"], faults: [], warnings: [] } });
  server.answer("GET /api/scores/nexus-e02", { body: { episode: "nexus-e02", measures: [{ ...FIGURES.measures[0], takes: 9 }], costs: [] } });
  const page = await open();
  expect(scoreRows(page)).toEqual([
    [["Keyframes are sharp", "Keyframe", "edge_acuity", "40", "85 %", "0.20", "0.60", "0.90", "share"]],
    [["Keyframe · anime", "40", "30", "1.3", "0.62", "20 s", "31 s", "45 s", "13 min"]],
  ]);
  await page.get("select[name=episode]").setValue("nexus-e02");
  await settle();
  expect(scoreRows(page)[0]?.[0]?.[3]).toBe("9");
  expect(page.get("main").text()).toContain("Scores and costs of nexus-e02");
  page.unmount();
  expect((await open("/quality?episode=nexus-e02")).get("main").text()).toContain("Scores and costs of nexus-e02");
});

test("a show of which nothing is made says so", async () => {
  server.answer("GET /api/quality/nexus", { body: { ...FIGURES, attempts: 0, stages: [], groups: [], costs: [], workflows: [], patterns: [], lessons: [], rejections: {} } });
  server.answer("GET /api/sessions", { body: { items: [] } });
  panel = await openPanel("/quality");
  expect(panel.get("main").text()).toContain("Nothing of this show has been made yet.");
  expect(panel.get("main").text()).toContain("No session yet");
});

test("of several shows one is chosen, which is part of the address", async () => {
  server.answer("GET /api/projects", { body: { items: [{ id: "nexus", title: "Nexus" }, { id: "harbour", title: "Harbour" }], next: null } });
  server.answer("GET /api/quality/harbour", { body: { ...FIGURES, project: "harbour", attempts: 7 } });
  const page = await open();
  await page.get("select").setValue("harbour");
  await settle();
  expect(page.get(".facts").text()).toContain("7");
  expect(server.asked.some(({ path, query }) => path === "/api/sessions" && query.get("project") === "harbour")).toBe(true);
});

test("curves of stages with different numbers of attempts share one axis", () => {
  const stages = [
    { stage: "keyframe", acceptance: [point(1, 1), point(3, 0.5)], scores: [] },
    { stage: "clip", acceptance: [point(2, 0.2)], scores: [] },
  ];
  expect(curvesOf(stages, (stage) => stage.acceptance)).toEqual({
    labels: ["1", "2", "3"],
    series: [
      { name: "Keyframe", values: [1, null, 0.5] },
      { name: "Clip", values: [null, 0.2, null] },
    ],
  });
  expect(curvesOf(stages, (stage) => stage.scores).series).toEqual([]);
});
