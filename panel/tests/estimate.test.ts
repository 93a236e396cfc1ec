import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";

import { amountText, durationText, sumEstimates } from "@/estimates";

import { violations } from "./axe";
import { board, click, dialog, estimate, FakeServer, fill, openPanel, shot, toasts } from "./fakeServer";

const PATH = "/storyboard/nexus-e01";

let server: FakeServer;
let panel: VueWrapper | null = null;

beforeEach(() => {
  server = new FakeServer();
  server.answer("GET /api/episodes/nexus-e01/storyboard", { body: board([shot(1)]) });
  server.answer("GET /api/estimates/nexus-e01", { body: estimate() });
  server.answer("POST /api/runs", { status: 202, body: {} });
});
afterEach(() => {
  panel?.unmount();
  panel = null;
});

test("before work begins, its time, GPU time, money and what the caps leave are said", async () => {
  panel = await openPanel(PATH);
  await click("Make");
  const text = dialog().textContent ?? "";
  for (const words of ["5 min", "4 min", "0.40 EUR", "up to 1.20 EUR if gates reject", "the day's cap of 5.00 EUR", "3.60 EUR", "Keyframes", "median of 12 jobs"]) {
    expect(text).toContain(words);
  }
  expect(server.changes).toEqual([]);
  expect(await violations()).toEqual([]);
  await fill("why", "for Monday");
  await click("Begin", dialog());
  expect(server.changes.map(({ body }) => body)).toEqual([{ kind: "episode", keys: ["nexus-e01"], why: "for Monday" }]);
  expect(document.querySelector("[role=dialog]")).toBeNull();
  expect(toasts()).toContain("The work has begun");
});

test("what nobody can say is not shown as nothing", async () => {
  const unknown = ["nobody knows how long ltx_clip takes"];
  const [cap] = estimate().caps;
  const caps = cap ? [{ ...cap, expected: null, left_after: null }] : [];
  server.answer("GET /api/estimates/nexus-e01", { body: estimate({ seconds: null, gpu_s: null, money: null, most_money: null, most_gpu_s: null, caps, unknown }) });
  panel = await openPanel(PATH);
  await click("Make");
  const values = [...dialog().querySelectorAll(".value")].map((one) => one.textContent);
  expect(values).toEqual(["10", "nobody can say", "nobody can say", "nobody can say"]);
  expect(dialog().textContent).toContain("Not known: nobody knows how long ltx_clip takes");
  const cells = [...dialog().querySelectorAll(".scroll td")].map((one) => one.textContent);
  expect(cells.slice(0, 3)).toEqual(["4.00 EUR", "nobody can say", "nobody can say"]);
});

test("without room under the caps nothing can begin, and why is said", async () => {
  const refusal = "the day's cap has 0.10 EUR left, this takes 0.40 EUR. Raise `caps.day.money`";
  server.answer("GET /api/estimates/nexus-e01", { body: estimate({ can_begin: false, fits: false, refusals: [refusal] }) });
  panel = await openPanel(PATH);
  await click("Make");
  expect(dialog().querySelector("[role=alert]")?.textContent).toContain(refusal);
  expect(dialog().querySelector<HTMLButtonElement>("button[type=submit]")?.disabled).toBe(true);
});

test("where there is nothing to make, nothing can begin", async () => {
  server.answer("GET /api/estimates/nexus-e01", { body: estimate({ takes: 0, jobs: 0, seconds: 0, gpu_s: 0, money: 0, stages: [] }) });
  panel = await openPanel(PATH);
  await click("Make");
  expect(dialog().textContent).toContain("There is nothing to make.");
  expect(dialog().querySelector<HTMLButtonElement>("button[type=submit]")?.disabled).toBe(true);
});

test("an estimate that cannot be read says why, and nothing can begin", async () => {
  server.answer("GET /api/estimates/nexus-e01", { status: 422, body: { title: "The files are wrong", status: 422, detail: "e01.fountain:3 has no such place." } });
  panel = await openPanel(PATH);
  await click("Make");
  expect(dialog().textContent).toContain("e01.fountain:3 has no such place.");
  expect(dialog().querySelector<HTMLButtonElement>("button[type=submit]")?.disabled).toBe(true);
});

test("work that another run does already is refused, and can be tried again", async () => {
  server.answer("POST /api/runs", { status: 409, body: { title: "It runs already", status: 409, detail: "Akira started it." } });
  panel = await openPanel(PATH);
  await click("Make");
  await click("Begin", dialog());
  expect(toasts()).toContain("Akira started it.");
  await click("Begin", dialog());
  const keys = server.changes.map(({ headers }) => headers.get("Idempotency-Key"));
  expect(keys).toHaveLength(2);
  expect(new Set(keys).size).toBe(1);
});

test("an episode is made at another level of quality, after that was estimated", async () => {
  panel = await openPanel(PATH);
  await click("Make");
  await fill("level", "draft");
  expect(server.asked.filter(({ path }) => path.startsWith("/api/estimates/")).map(({ query }) => query.get("quality"))).toEqual([null, "draft"]);
  expect(dialog().textContent).toContain("The episode is never made of them");
  await click("Begin", dialog());
  expect(server.changes.map(({ body }) => body)).toEqual([{ kind: "episode", keys: ["nexus-e01"], quality: "draft" }]);
});

test("several runs are summed, and caps see them together", () => {
  const [cap] = estimate().caps;
  if (!cap) throw new Error("no cap");
  const large = estimate({ money: 3, caps: [{ ...cap, expected: 3, left_after: 1 }] });
  const sum = sumEstimates([large, large]);
  expect(sum.money).toBe(6);
  expect(sum.caps).toMatchObject([{ left: 4, expected: 6, leftAfter: -2 }]);
  expect(sum.fits).toBe(false);
  expect(sumEstimates([large, estimate({ money: null })]).money).toBeNull();
});

test.each([
  [null, "nobody can say"],
  [0, "0 s"],
  [0.4, "0.4 s"],
  [90, "90 s"],
  [600, "10 min"],
  [9000, "2.5 h"],
])("%s seconds are %s", (seconds, text) => expect(durationText(seconds)).toBe(text));

test.each([
  [0.0004, "EUR", "0.0004 EUR"],
  [0, "EUR", "0.00 EUR"],
  [12.5, "EUR", "12.50 EUR"],
  [61, "GPU s", "61 s"],
])("%s %s is %s", (amount, unit, text) => expect(amountText(amount, unit)).toBe(text));
