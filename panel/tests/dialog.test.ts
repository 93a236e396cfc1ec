import type { VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";

import { violations } from "./axe";
import { board, click, dialog, episode, estimate, FakeServer, openPanel, press, settle, shot } from "./fakeServer";

let server: FakeServer;
let panel: VueWrapper | null = null;

beforeEach(() => {
  server = new FakeServer();
  server.answer("GET /api/episodes", { body: { items: [episode()], next: null } });
  server.answer("GET /api/episodes/nexus-e01/storyboard", { body: board([shot(1)]) });
  server.answer("GET /api/estimates/nexus-e01", { body: estimate() });
});
afterEach(() => {
  panel?.unmount();
  panel = null;
});

function button(name: string): HTMLButtonElement {
  const found = [...document.querySelectorAll("button")].find((one) => (one.getAttribute("aria-label") ?? one.textContent ?? "").trim().startsWith(name));
  if (!found) throw new Error(`no button ${name}`);
  return found;
}

function described(): string[] {
  return ["aria-labelledby", "aria-describedby"].map((name) => document.getElementById(dialog().getAttribute(name) ?? "")?.textContent ?? "");
}

/** Open a dialog as somebody without a mouse does. */
async function open(name: string): Promise<HTMLButtonElement> {
  const opener = button(name);
  opener.focus();
  opener.click();
  await settle();
  return opener;
}

test.each([
  ["/storyboard/nexus-e01", "Make", "Make Signal in the Noise", "before anything is spent"],
  ["/storyboard/nexus-e01", "Keys", "Keys on this page", "Tab and Shift Tab"],
  ["/", "Add an episode", "Add an episode to nexus", "Its people are those of the show"],
])("on %s the dialog of %s has its name and description, and gives the focus back", async (path, name, heading, text) => {
  panel = await openPanel(path);
  const opener = await open(name);
  const [title, description] = described();
  expect(title).toBe(heading);
  expect(description).toContain(text);
  expect(dialog().contains(document.activeElement)).toBe(true);
  expect(document.activeElement?.getAttribute("aria-label")).not.toBe("Close");
  expect(await violations()).toEqual([]);
  dialog().querySelector<HTMLButtonElement>("[aria-label=Close]")?.click();
  await settle();
  expect(document.querySelector("[role=dialog]")).toBeNull();
  expect(document.activeElement).toBe(opener);
  await open(name);
  await press("Escape");
  expect(document.querySelector("[role=dialog]")).toBeNull();
  expect(document.activeElement).toBe(opener);
});

test("a dialog that asks begins at its first field, and the shot has the focus afterwards", async () => {
  panel = await openPanel("/storyboard/nexus-e01");
  await press("r");
  expect((document.activeElement as HTMLSelectElement).name).toBe("reason");
  await click("Cancel", dialog());
  expect(document.activeElement?.id).toBe("shot-nexus-e01-sc01-sh0010");
});
