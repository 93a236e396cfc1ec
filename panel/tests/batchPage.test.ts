import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";

import { violations } from "./axe";
import { board, click, dialog, episode, estimate, FakeServer, fill, openPanel, settle, shot, toasts } from "./fakeServer";

let server: FakeServer;
let panel: VueWrapper;

beforeEach(() => {
  server = new FakeServer();
  const shots = { total: 3, accepted: 2, rejected: 1, missing: 0 };
  server.answer("GET /api/episodes", { body: { items: [episode({ shots }), episode({ key: "nexus-e02", title: "Afterglow", shots: { total: 0, accepted: 0, rejected: 0, missing: 0 }, state: "not_made" })], next: null } });
  server.answer("GET /api/episodes/nexus-e01/storyboard", { body: board([shot(1), shot(2, { state: "rejected" }), shot(3)]) });
  server.answer("GET /api/nights", { body: { time: "", gpu_limit_s: null, episodes: [] } });
  server.answer("GET /api/estimates/nexus-e01", { body: estimate() });
  server.answer("GET /api/estimates/nexus-e02", { body: estimate({ episode: "nexus-e02" }) });
  server.answer("POST /api/runs", { status: 202, body: {} });
});
afterEach(() => panel.unmount());

async function open(): Promise<void> {
  panel = await openPanel("/batch");
  await panel.get(".episode [aria-expanded]").trigger("click");
  await settle();
}

async function tick(number: number): Promise<void> {
  const box = panel.findAll<HTMLInputElement>("input[type=checkbox]")[number];
  await box?.setValue(!box.element.checked);
  await settle();
}

function bar(): string {
  return panel.get(".bar [role=status]").text();
}

test("shots, scenes and episodes are picked, and an episode stands for all its shots", async () => {
  await open();
  expect(bar()).toContain("Nothing picked");
  await tick(2); // the first shot, behind the episode and its scene
  expect(bar()).toContain("1 shot of 1 episode picked");
  expect(panel.findAll<HTMLInputElement>("input[type=checkbox]")[1]?.element.indeterminate).toBe(true);
  await tick(1);
  expect(bar()).toContain("3 shots of 1 episode picked");
  await tick(2);
  expect(bar()).toContain("2 shots of 1 episode picked");
  await tick(0);
  expect(bar()).toContain("3 shots of 1 episode picked");
  expect(await violations()).toEqual([]);
  await click("Clear");
  expect(bar()).toContain("Nothing picked");
});

test("many are approved at once as they were seen, and each is answered for", async () => {
  server.answer("POST /api/batch", {
    body: {
      items: [
        { shot: "nexus-e01-sc01-sh0010", decision: { says: "It is used.", warning: "" }, problem: null },
        { shot: "nexus-e01-sc01-sh0020", decision: null, problem: { title: "Somebody else has decided meanwhile", detail: "Viktor rejected it.", remedy: "Look again.", status: 412, exit_code: 1 } },
      ],
    },
  });
  await open();
  await tick(2);
  await tick(3);
  await click("Approve");
  await click("Approve", dialog());
  expect(server.changes.map(({ body }) => body)).toEqual([
    { action: "approve", shots: ["nexus-e01-sc01-sh0010", "nexus-e01-sc01-sh0020"], seen: { "nexus-e01-sc01-sh0010": "v1", "nexus-e01-sc01-sh0020": "v2" }, why: "" },
  ]);
  expect(panel.get("#answers-heading").text()).toBe("Approved: 1 of 2 carried out");
  expect(document.activeElement?.id).toBe("answers-heading");
  const [refused, done] = panel.findAll(".answer");
  expect(refused?.text()).toContain("Viktor rejected it. Look again.");
  expect(done?.text()).toContain("It is used.");
  expect(await violations()).toEqual([]);
  await click("Pick the 1 refused");
  expect(bar()).toContain("1 shot of 1 episode picked");
});

test("to reject needs a reason of the list, to lock a why", async () => {
  server.answer("POST /api/batch", { body: { items: [] } });
  await open();
  await tick(2);
  await click("Reject");
  await fill("reason", "flicker");
  await fill("note", "at the end");
  await click("Reject", dialog());
  await tick(2);
  await click("Lock");
  expect(dialog().querySelector<HTMLButtonElement>("button[type=submit]")?.disabled).toBe(true);
  await fill("why", "the best of all");
  await click("Lock", dialog());
  expect(server.changes.map(({ body }) => body)).toMatchObject([
    { action: "reject", reason: "flicker", note: "at the end" },
    { action: "lock", why: "the best of all" },
  ]);
});

test("a filter picks what is shown", async () => {
  await open();
  await click("Failed");
  await click("Pick all shown");
  expect(bar()).toContain("1 shot of 1 episode picked");
});

test("to render asks for one run of each episode, after the cost of all was seen", async () => {
  await open();
  await tick(2);
  await tick(5); // the second episode, whole
  expect(bar()).toContain("1 shot of 2 episodes picked");
  await click("Render");
  const asked = server.asked.filter(({ path }) => path.startsWith("/api/estimates"));
  expect(asked.map(({ path, query }) => [path, query.toString()])).toEqual([
    ["/api/estimates/nexus-e01", "shots=nexus-e01-sc01-sh0010&again=true"],
    ["/api/estimates/nexus-e02", "again=false"],
  ]);
  expect(dialog().textContent).toContain("0.80 EUR");
  await click("Begin", dialog());
  expect(server.changes.map(({ body }) => body)).toEqual([
    { kind: "shots", keys: ["nexus-e01-sc01-sh0010"] },
    { kind: "episode", keys: ["nexus-e02"] },
  ]);
  expect(toasts()).toContain("2 runs have begun");
});

test("to re-plan plans whole episodes again", async () => {
  await open();
  await tick(2);
  await click("Re-plan");
  await click("Begin", dialog());
  expect(server.changes.map(({ body }) => body)).toEqual([{ kind: "episode", keys: ["nexus-e01"], stages: ["plan"] }]);
});

test("the overnight list says what the next night would make, what it waits for and what it skips", async () => {
  const night = { money: null, currency: "", waits_for: [], problem: "" };
  server.answer("GET /api/nights", {
    body: {
      time: "23:30 Europe/Berlin",
      gpu_limit_s: 3600,
      episodes: [
        { ...night, key: "nexus-e01", title: "Signal", takes: 12, seconds: 7200, gpu_s: 7200, waits_for: ["keyframes"] },
        { ...night, key: "nexus-e02", title: "Done", takes: 0, seconds: 0, gpu_s: 0 },
        { ...night, key: "nexus-e03", title: "Wrong", takes: null, seconds: null, gpu_s: null, problem: "e03.fountain:4 is wrong" },
      ],
    },
  });
  panel = await openPanel("/batch");
  const text = panel.get("[aria-labelledby=night-heading]").text();
  for (const words of ["Begins at 23:30 Europe/Berlin.", "would need 2.0 h", "Stops where approval is missing: keyframes", "Skipped: e03.fountain:4 is wrong", "1 more episode needs nothing."]) expect(text).toContain(words);
  expect(panel.findAll("tbody tr")).toHaveLength(2);
});

test("whoever may only look decides and starts nothing", async () => {
  server.answer("GET /api/me", { body: { name: "Guest", scope: "read" } });
  await open();
  await tick(2);
  expect(panel.findAll(".bar .actions button").every((button) => button.attributes("disabled") !== undefined)).toBe(true);
});
