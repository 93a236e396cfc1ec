/** A server in memory: the answers by method and path, and what was asked. */

import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { vi } from "vitest";
import { createMemoryHistory } from "vue-router";

import type { Reason } from "@/api/reasons";
import type { EpisodeSummary, Estimate, Storyboard, StoryboardShot } from "@/api/types";
import DirectorPanel from "@/DirectorPanel.vue";
import { makeRouter } from "@/router";

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: unknown;
}

export const REASONS: readonly Reason[] = [
  { kind: "on-model", opinion: "good", stage: "keyframe", text: "the characters look as they should", may_reject: false },
  { kind: "anatomy", opinion: "bad", stage: "keyframe", text: "hands, faces or bodies are deformed", may_reject: true },
  { kind: "flicker", opinion: "bad", stage: "clip", text: "the picture flickers or shapes boil", may_reject: true },
  { kind: "overall", opinion: "", stage: "", text: "the shot as a whole", may_reject: true },
];

type Reply = { status?: number; body?: unknown; headers?: Record<string, string> };

export class FakeServer {
  asked: Asked[] = [];
  replies = new Map<string, Reply | ((asked: Asked) => Reply)>();

  constructor() {
    this.answer("GET /api/me", { body: { name: "Luna", scope: "spend" } });
    this.answer("GET /api/runs", { body: { items: [], next: null } });
    this.answer("GET /api/episodes", { body: { items: [], next: null } });
    this.answer("GET /api/reasons", { body: { items: REASONS, next: null } });
    this.answer("GET /api/approvals/nexus-e01", { body: { key: "nexus-e01", asked: [], history: [] } });
    vi.stubGlobal("fetch", (url: string, init: RequestInit) => this.fetch(url, init));
    vi.stubGlobal(
      "EventSource",
      class {
        addEventListener(): void {}
        close(): void {}
      },
    );
  }

  answer(request: string, reply: Reply | ((asked: Asked) => Reply)): void {
    this.replies.set(request, reply);
  }

  /** What was changed, without the readings. */
  get changes(): Asked[] {
    return this.asked.filter(({ method }) => method !== "GET");
  }

  private async fetch(url: string, init: RequestInit): Promise<Response> {
    const asked: Asked = {
      method: init.method ?? "GET",
      path: url.split("?")[0] ?? url,
      query: new URLSearchParams(url.split("?")[1] ?? ""),
      headers: new Headers(init.headers),
      body: typeof init.body === "string" ? JSON.parse(init.body) : null,
    };
    this.asked.push(asked);
    const found = this.replies.get(`${asked.method} ${asked.path}`);
    if (!found) return new Response("{}", { status: 404, headers: { "Content-Type": "application/problem+json" } });
    const { status = 200, body = {}, headers = {} } = typeof found === "function" ? found(asked) : found;
    const type = status < 400 ? "application/json" : "application/problem+json";
    return new Response(JSON.stringify(body), { status, headers: { "Content-Type": type, ...headers } });
  }
}

/** Open the panel at an address, as a browser does; it is taken away with `unmount`. */
export async function openPanel(path: string): Promise<VueWrapper> {
  const router = makeRouter(createMemoryHistory());
  await router.push(path);
  const panel = mount(DirectorPanel, { attachTo: document.body, global: { plugins: [router] } });
  await settle();
  return panel;
}

/** Wait until pages are loaded and answers are shown. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    await flushPromises();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export async function press(key: string): Promise<void> {
  (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  await settle();
}

export function episode(changes: Partial<EpisodeSummary> = {}): EpisodeSummary {
  return {
    key: "nexus-e01",
    project: "nexus",
    title: "Signal in the Noise",
    state: "ready",
    poster_url: "/media/poster.png",
    master_url: null,
    shots: { total: 10, accepted: 10, rejected: 0, missing: 0 },
    waits_for: [],
    duration_s: 65,
    ...changes,
  };
}

export function shot(number: number, changes: Partial<StoryboardShot> = {}): StoryboardShot {
  const take = { id: `take${number}`, stage: "keyframe", state: "accepted" as const, thumb_url: `/media/${number}.png`, url: `/media/${number}-full.png`, score: 0.7, attempt: 1, made_at: "2026-01-01T10:00:00Z", engine: "embedded" };
  return {
    key: `nexus-e01-sc01-sh00${number}0`,
    framing: "close_up",
    move: "push_in",
    frames: 48,
    fps: 24,
    start_s: (number - 1) * 2,
    duration_s: 2,
    lines: [{ character: "AKIRA", text: `Line ${number}` }],
    keyframe: take,
    clip: null,
    state: "accepted",
    score: 0.7,
    version: `v${number}`,
    locked_by: null,
    rejected_by: null,
    alt: `Akira, picture ${number}`,
    ...changes,
  };
}

export function board(shots: StoryboardShot[]): Storyboard {
  return {
    key: "nexus-e01",
    title: "Signal in the Noise",
    scenes: [{ id: "sc01", heading: "INT. TOWER - NIGHT", place: "tower", time_of_day: "night", mood: "", shots }],
    master_url: null,
    animatic_url: null,
    problem: "",
    quality: "standard",
    own_quality: "standard",
    levels: ["standard"],
  };
}

export function estimate(changes: Partial<Estimate> = {}): Estimate {
  const cap = { what: "the day's cap", key: "caps.day.money", place: "studio.yaml:9", unit: "EUR", limit: 5, spent: 1, under_way: 0, expected: 0.4, left: 4, left_after: 3.6, refusal: "", says: "" };
  const stage = { stage: "keyframe", title: "Keyframes", engine: "comfyui:anime_keyframe", takes: 10, jobs: 10, seconds: 300, gpu_s: 240, money: 0.4, basis: "median of 12 jobs", at_most: 3 };
  return {
    episode: "nexus-e01",
    shots: [],
    takes: 10,
    jobs: 10,
    seconds: 300,
    gpu_s: 240,
    money: 0.4,
    currency: "EUR",
    most_gpu_s: 720,
    most_money: 1.2,
    stages: [stage],
    caps: [cap],
    unknown: [],
    notes: [],
    refusals: [],
    can_begin: true,
    fits: true,
    ...changes,
  };
}

export function dialog(): HTMLElement {
  const found = document.querySelector<HTMLElement>("[role=dialog]");
  if (!found) throw new Error("there is no dialog");
  return found;
}

/** Press the button of a page or a dialog that has this name. */
export async function click(name: string, within: ParentNode = document): Promise<void> {
  const buttons = [...within.querySelectorAll<HTMLButtonElement>("button")];
  const button = buttons.find((one) => (one.textContent ?? "").replace(/\s+/g, " ").trim().startsWith(name));
  if (!button) throw new Error(`no button ${name} among ${buttons.map((one) => one.textContent?.trim()).join(", ")}`);
  button.click();
  await settle();
}

export async function fill(name: string, value: string): Promise<void> {
  const field = dialog().querySelector<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>(`[name=${name}]`);
  if (!field) throw new Error(`the dialog has no ${name}`);
  field.value = value;
  field.dispatchEvent(new Event(field instanceof HTMLSelectElement ? "change" : "input"));
  await settle();
}

export function toasts(): string {
  return [...document.querySelectorAll(".toast")].map((toast) => toast.textContent).join(" | ");
}
