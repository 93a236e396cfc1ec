import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";

import { violations } from "./axe";
import { board, click, dialog, episode, FakeServer, fill, openPanel, press, settle, shot } from "./fakeServer";

const PATH = "/storyboard/nexus-e01";

let server: FakeServer;
let panel: VueWrapper;

beforeEach(() => {
  server = new FakeServer();
  server.answer("GET /api/episodes/nexus-e01/storyboard", {
    body: board([shot(1), shot(2, { state: "rejected", rejected_by: "Viktor" }), shot(3, { keyframe: null, state: "missing" }), shot(4, { locked_by: "Akira" })]),
  });
});
afterEach(() => panel.unmount());

function selected(): string {
  return panel.get("[aria-selected=true]").attributes("data-shot")?.slice(-6) ?? "";
}

function mayNotSend(): boolean | undefined {
  return dialog().querySelector<HTMLButtonElement>("button[type=submit]")?.disabled;
}

function toasts(): string {
  return [...document.querySelectorAll(".toast")].map((toast) => toast.textContent).join(" | ");
}

test("a shot shows its picture, line, framing, length, score and state", async () => {
  panel = await openPanel(PATH);
  const cards = panel.findAll("[role=option]");
  expect(cards).toHaveLength(4);
  const [first, second, third, fourth] = cards.map((card) => card.text());
  for (const words of ["sh0010", "Close up", "2.0 s", "AKIRA Line 1", "Accepted", "0.70"]) expect(first).toContain(words);
  expect(panel.get("[role=option] img").attributes()).toMatchObject({ src: "/media/1.png", alt: "Akira, picture 1", loading: "lazy" });
  expect(second).toContain("Rejected");
  expect(third).toContain("Not made yet");
  expect(fourth).toContain("locked by Akira");
});

test("arrows, Home and End go through the shots, and one of them takes the focus", async () => {
  panel = await openPanel(PATH);
  expect(selected()).toBe("sh0010");
  await press("ArrowRight");
  await press("ArrowRight");
  await press("ArrowLeft");
  expect(selected()).toBe("sh0020");
  expect(document.activeElement?.getAttribute("data-shot")).toContain("sh0020");
  await press("End");
  await press("ArrowRight");
  expect(selected()).toBe("sh0040");
  await press("Home");
  expect(selected()).toBe("sh0010");
  expect(panel.findAll("[role=option][tabindex='0']")).toHaveLength(1);
});

test("A approves the shot as it was seen, and goes on to the next", async () => {
  server.answer("POST /api/shots/nexus-e01-sc01-sh0010/approve", { body: { says: "Its take is used, and learning is told.", warning: "" } });
  panel = await openPanel(PATH);
  await press("A");
  const [change] = server.changes;
  expect(change?.path).toBe("/api/shots/nexus-e01-sc01-sh0010/approve");
  expect(change?.headers.get("If-Match")).toBe('"v1"');
  expect(selected()).toBe("sh0020");
  expect(toasts()).toContain("sc01 · sh0010 approved");
  expect(toasts()).toContain("Its take is used, and learning is told.");
});

test("R rejects with a reason of the list and a note", async () => {
  server.answer("POST /api/shots/nexus-e01-sc01-sh0010/reject", {});
  panel = await openPanel(PATH);
  await press("r");
  expect(dialog().textContent).toContain("Reject sc01 · sh0010");
  expect(mayNotSend()).toBe(true);
  await fill("reason", "anatomy");
  await fill("note", " six fingers ");
  expect(mayNotSend()).toBe(false);
  await click("Reject", dialog());
  expect(server.changes.map(({ path, body }) => [path, body])).toEqual([
    ["/api/shots/nexus-e01-sc01-sh0010/reject", { reason: "anatomy", note: "six fingers" }],
  ]);
  expect(document.querySelector("[role=dialog]")).toBeNull();
});

test("whoever decides second is told who decided what, and sees the shot as it is now", async () => {
  const detail = "Viktor rejected this shot. Look at it again.";
  server.answer("POST /api/shots/nexus-e01-sc01-sh0010/approve", { status: 412, body: { title: "Somebody else has decided meanwhile", status: 412, detail, remedy: "Look at it again." } });
  panel = await openPanel(PATH);
  server.answer("GET /api/episodes/nexus-e01/storyboard", { body: board([shot(1, { state: "rejected", rejected_by: "Viktor" })]) });
  await press("a");
  expect(toasts()).toContain("Somebody else has decided meanwhile");
  expect(toasts()).toContain("Viktor rejected this shot.");
  expect(selected()).toBe("sh0010");
  expect(panel.get(".inspector").text()).toContain("Rejected by Viktor");
});

test("whoever may only look decides nothing", async () => {
  server.answer("GET /api/me", { body: { name: "Guest", scope: "read" } });
  panel = await openPanel(PATH);
  await press("a");
  await press("r");
  expect(server.changes).toEqual([]);
  expect(document.querySelector("[role=dialog]")).toBeNull();
  expect(panel.get(".inspector .primary").attributes("disabled")).toBeDefined();
});

test("a shot without a take cannot be judged", async () => {
  panel = await openPanel(PATH);
  await press("ArrowRight");
  await press("ArrowRight");
  await press("a");
  await press("r");
  expect(server.changes).toEqual([]);
  expect(panel.get(".inspector .primary").attributes("title")).toBe("There is no take yet");
});

test("a filter shows its shots only, is part of the address, and says when there are none", async () => {
  panel = await openPanel(`${PATH}?show=failed`);
  expect(panel.findAll("[role=option]")).toHaveLength(1);
  expect(selected()).toBe("sh0020");
  await press("4");
  expect(panel.get(".strips").text()).toContain("No shot is like this.");
  await press("1");
  expect(panel.findAll("[role=option]")).toHaveLength(4);
});

test("keys typed into a note do nothing else", async () => {
  panel = await openPanel(PATH);
  await press("r");
  document.querySelector<HTMLElement>("textarea")?.focus();
  await press("a");
  expect(server.changes).toEqual([]);
});

test("the keys of the page are listed by the question mark", async () => {
  panel = await openPanel(PATH);
  await press("?");
  const text = document.querySelector("[role=dialog]")?.textContent ?? "";
  for (const words of ["Approve the shot", "Play backwards", "Next shot"]) expect(text).toContain(words);
});

test("the reasons are those of the server, by what they are about; those of movement need a clip", async () => {
  panel = await openPanel(PATH);
  await press("r");
  const groups = [...dialog().querySelectorAll("optgroup")].map((group) => [group.label, ...[...group.children].map((one) => one.textContent)]);
  expect(groups).toEqual([
    ["The shot", "The shot as a whole"],
    ["The picture", "Hands, faces or bodies are deformed"],
  ]);
});

test("the film's files are saved under their names, and whether it is older than what was decided is said", async () => {
  server.answer("GET /api/episodes/nexus-e01/storyboard", { body: { ...board([shot(1)]), master_url: "/media/film.mp4" } });
  const file = { role: "main", name: "nexus-e01-master.mp4", url: "/media/film.mp4", download_url: "/media/film.mp4?download=t1", media_type: "video/mp4", size_bytes: 2_000_000 };
  let state = "ready";
  server.answer("GET /api/episodes/nexus-e01", () => ({ body: { summary: episode({ state: state as "ready" }), deliverables: [file], delivered: ["/home/episodes/nexus-e01.mp4"], scenes: [], warnings: [], faults: [] } }));
  panel = await openPanel(PATH);
  const files = panel.get<HTMLDetailsElement>(".files");
  expect(server.asked.some(({ path }) => path === "/api/episodes/nexus-e01"), "nobody asked for them").toBe(false);
  files.element.open = true;
  await files.trigger("toggle");
  await settle();
  expect(files.get("a").attributes()).toMatchObject({ href: file.download_url, download: file.name });
  expect(files.text()).toContain("Delivered to /home/episodes/nexus-e01.mp4");
  expect(await violations()).toEqual([]);
  state = "rejected";
  server.answer("POST /api/shots/nexus-e01-sc01-sh0010/approve", { body: { says: "", version: "v2", take: "take1", learned: [], warning: "" } });
  await press("a");
  expect(files.text()).toContain("A shot was rejected since this film was cut");
  expect(files.text()).not.toContain("Delivered to");
});
