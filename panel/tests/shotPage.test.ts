import type { VueWrapper } from "@vue/test-utils";
import axe from "axe-core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { estimate, FakeServer, openPanel, press, settle } from "./fakeServer";
import { clip, gate, PATH, shot, take, URL_OF_SHOT } from "./shotFixtures";

vi.setConfig({ testTimeout: 30_000 });

const DECIDED = { body: { says: "done", version: "v8", take: null, learned: [], warning: "" } };

let server: FakeServer;
let panel: VueWrapper;

beforeEach(() => {
  server = new FakeServer();
  server.answer(`GET ${URL_OF_SHOT}`, { body: shot() });
  server.answer("GET /api/estimates/nexus-e01", { body: estimate() });
});
afterEach(() => panel.unmount());

function dialog(): HTMLElement {
  const found = document.querySelector<HTMLElement>("[role=dialog]");
  if (!found) throw new Error("no dialog is open");
  return found;
}

function isDialogOpen(): boolean {
  return document.querySelector("[role=dialog]") !== null;
}

function toasts(): string {
  return [...document.querySelectorAll(".toast")].map((toast) => toast.textContent).join(" | ");
}

async function fill(selector: string, value: string): Promise<void> {
  const field = dialog().querySelector<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>(selector);
  if (!field) throw new Error(`the dialog has no ${selector}`);
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
  await settle();
}

async function submit(): Promise<void> {
  dialog().querySelector<HTMLButtonElement>("[type=submit]")?.click();
  await settle();
}

/** What axe finds wrong with the page or, while one is open, with its dialog: the page behind it is not there then. */
async function faults(): Promise<string[]> {
  const { violations } = await axe.run(document.querySelector("[role=dialog]") ?? document.body, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}

/** A picture or clip whose size the browser knows, as happy-dom decodes none. */
async function load(selector: string, width: number, height: number): Promise<void> {
  const picture = document.querySelector<HTMLElement>(selector);
  if (!picture) throw new Error(`no ${selector}`);
  const isVideo = picture instanceof HTMLVideoElement;
  Object.defineProperty(picture, isVideo ? "videoWidth" : "naturalWidth", { value: width });
  Object.defineProperty(picture, isVideo ? "videoHeight" : "naturalHeight", { value: height });
  picture.dispatchEvent(new Event(isVideo ? "loadedmetadata" : "load"));
  await settle();
}

test("a shot shows its take in use with alt text, prompt sources, seed, gates, history and place in the script", async () => {
  panel = await openPanel(PATH);
  expect(panel.get(".viewer img[src='/media/one.png']").attributes("alt")).toBe("Close-up of Akira; the tower, night.");
  const text = panel.text();
  for (const words of ["silver hair", "characters/akira.yaml", "4711", "Keyframes are sharp", "at least 0.50", "six fingers", "nexus/episodes/e01.fountain:42", "It answers.", "nexus/episodes/e01.fountain:44"]) {
    expect(text).toContain(words);
  }
  expect(panel.findAll(".list .entry")[0]?.text()).toContain("Viktor");
});

test("the cuts show the last frame of the shot before and the first of the next, and lead there", async () => {
  panel = await openPanel(PATH);
  const edges = panel.findAll(".edge");
  expect(edges[0]?.get("video").attributes("aria-label")).toBe("Last frame of the previous shot. Wide shot of the place.");
  expect(edges[1]?.get("img").attributes("alt")).toBe("First frame of the next shot. Insert of a terminal.");
  const film = edges[0]?.get("video").element as HTMLVideoElement;
  Object.defineProperty(film, "duration", { value: 2 });
  film.dispatchEvent(new Event("loadedmetadata"));
  expect(film.currentTime).toBeGreaterThan(1.95);
  server.answer("GET /api/shots/nexus-e01-sc02-sh0040", { body: shot({ key: "nexus-e01-sc02-sh0040" }) });
  await press("]");
  expect(panel.get("h1").text()).toBe("sc02 · sh0040");
});

describe("comparing", () => {
  test("two takes stand side by side, and one is swiped over the other by arrow keys", async () => {
    panel = await openPanel(PATH);
    await press("2");
    expect(panel.findAll(".pair figcaption").map((one) => one.text())).toEqual(["A Keyframe, attempt 1, in use", "B Keyframe, attempt 2"]);
    await press("3");
    const divider = panel.get("[role=slider][aria-label^=Divider]");
    expect(document.activeElement).toBe(divider.element);
    await press("ArrowRight");
    expect(divider.attributes("aria-valuenow")).toBe("52");
    await press("Home");
    expect(panel.get(".upper").attributes("style")).toContain("inset(0 0 0 0%)");
    await press("1");
    expect(panel.find("[role=slider][aria-label^=Divider]").exists()).toBe(false);
  });

  test("the divider follows the pointer", async () => {
    panel = await openPanel(PATH);
    await press("3");
    const stage = panel.get(".over").element as HTMLElement;
    stage.getBoundingClientRect = () => ({ left: 100, width: 400 }) as DOMRect;
    let held = false;
    stage.setPointerCapture = () => (held = true);
    stage.hasPointerCapture = () => held;
    stage.dispatchEvent(new PointerEvent("pointerdown", { clientX: 200, button: 0, bubbles: true }));
    await settle();
    expect(panel.get("[role=slider][aria-label^=Divider]").attributes("aria-valuenow")).toBe("25");
    stage.dispatchEvent(new PointerEvent("pointermove", { clientX: 400, bubbles: true }));
    await settle();
    expect(panel.get("[role=slider][aria-label^=Divider]").attributes("aria-valuenow")).toBe("75");
  });

  test("arrows go through the takes, and what is shown is what gates and prompt are of", async () => {
    panel = await openPanel(PATH);
    await press("ArrowRight");
    expect(panel.get(".take.shown").text()).toContain("Attempt 2");
    expect(panel.text()).toContain("1 of 2 reject it");
    await press("ArrowLeft");
    expect(panel.text()).toContain("all 1 let it pass");
  });

  test("clips go frame by frame in step", async () => {
    server.answer(`GET ${URL_OF_SHOT}`, { body: shot({ stages: [{ stage: "clip", title: "Clips", takes: [clip("a", { is_used: true }), clip("b")] }] }) });
    panel = await openPanel(PATH);
    await press("2");
    const films = panel.findAll(".pair video").map((film) => film.element as HTMLVideoElement);
    expect(films).toHaveLength(2);
    for (const film of films) {
      Object.defineProperty(film, "duration", { value: 49 / 24 });
      film.dispatchEvent(new Event("loadedmetadata"));
    }
    for (const key of [".", ".", ".", ","]) await press(key);
    for (const film of films) expect(film.currentTime).toBeCloseTo(2.5 / 24, 5);
    expect(panel.get(".controls").text()).toContain("2 / 48");
    await press("End");
    for (const film of films) expect(Math.floor(film.currentTime * 24)).toBe(48);
  });
});

describe("deciding", () => {
  test("A approves the shot as it was seen", async () => {
    server.answer(`POST ${URL_OF_SHOT}/approve`, DECIDED);
    panel = await openPanel(PATH);
    await press("a");
    expect(server.changes[0]?.headers.get("If-Match")).toBe('"v7"');
    expect(toasts()).toContain("sc02 · sh0030 approved");
  });

  test("a take is rejected with a reason of its stage, a note and a part of the picture, by keyboard alone", async () => {
    server.answer(`POST ${URL_OF_SHOT}/reject`, DECIDED);
    panel = await openPanel(PATH);
    await press("r");
    const offered = [...dialog().querySelectorAll("option")].map((option) => option.textContent);
    expect(offered).toContain("Hands, faces or bodies are deformed");
    expect(offered.join()).not.toContain("flickers");
    expect(offered.join()).not.toContain("look as they should");
    await fill("[name=reason]", "anatomy");
    await fill("[name=note]", "six fingers");
    await load(".surface img", 1000, 500);
    [...dialog().querySelectorAll("button")].find((button) => button.textContent === "Mark a part")?.click();
    await new Promise((resolve) => setTimeout(resolve, 40));
    await settle();
    for (const key of ["ArrowRight", "ArrowDown"]) await press(key);
    await submit();
    expect(server.changes[0]?.body).toEqual({ take: "one", reason: "anatomy", note: "six fingers", frame: null, region: [358, 183, 300, 150] });
    expect(isDialogOpen()).toBe(false);
  });

  test("a part of the picture is drawn by pointer, in px of the picture", async () => {
    server.answer(`POST ${URL_OF_SHOT}/reject`, DECIDED);
    panel = await openPanel(PATH);
    await press("r");
    await fill("[name=reason]", "anatomy");
    await load(".surface img", 1000, 500);
    const surface = dialog().querySelector<HTMLElement>(".surface");
    if (!surface) throw new Error("no surface");
    surface.getBoundingClientRect = () => ({ left: 0, top: 0, width: 500, height: 250 }) as DOMRect;
    surface.setPointerCapture = () => {};
    surface.dispatchEvent(new PointerEvent("pointerdown", { clientX: 200, clientY: 100, button: 0 }));
    surface.dispatchEvent(new PointerEvent("pointermove", { clientX: 100, clientY: 50 }));
    surface.dispatchEvent(new PointerEvent("pointerup", {}));
    await settle();
    await submit();
    expect(server.changes[0]?.body).toMatchObject({ region: [200, 100, 200, 100] });
  });

  test("a note about a clip is pinned to the frame that is shown", async () => {
    server.answer(`GET ${URL_OF_SHOT}`, { body: shot({ stages: [{ stage: "clip", title: "Clips", takes: [clip("a", { is_used: true })] }] }) });
    server.answer(`POST ${URL_OF_SHOT}/reject`, DECIDED);
    panel = await openPanel(PATH);
    for (const key of [".", ".", "."]) await press(key);
    await press("r");
    await fill("[name=reason]", "flicker");
    dialog().querySelector<HTMLInputElement>("[name=pin]")?.click();
    await settle();
    await submit();
    expect(server.changes[0]?.body).toMatchObject({ take: "a", reason: "flicker", frame: 3, region: null });
  });

  test("a pinned note leads to its frame, and its part is marked there", async () => {
    const note = { who: "Viktor", at: "2026-11-30T11:00:00Z", reason: "flicker", note: "it boils", frame: 12, region: [100, 50, 200, 100] as [number, number, number, number] };
    server.answer(`GET ${URL_OF_SHOT}`, { body: shot({ stages: [{ stage: "clip", title: "Clips", takes: [clip("a", { is_used: true, notes: [note] })] }] }) });
    panel = await openPanel(PATH);
    await panel.get(".notes button").trigger("click");
    await settle();
    expect(panel.get(".controls").text()).toContain("12 / 48");
    expect(panel.get(".frame .note").text()).toContain("it boils – Viktor");
    await press(".");
    expect(panel.find(".frame .note").exists()).toBe(false);
  });

  test("a rejected take shows who rejected it, and R takes that back", async () => {
    const rejected = take("one", { is_used: false, rejection: "Viktor rejected take one (anatomy): six fingers." });
    server.answer(`GET ${URL_OF_SHOT}`, { body: shot({ rejected_by: "Viktor", stages: [{ stage: "keyframe", title: "Keyframes", takes: [rejected] }] }) });
    server.answer(`POST ${URL_OF_SHOT}/readmit`, DECIDED);
    panel = await openPanel(PATH);
    expect(panel.text()).toContain("Viktor rejected take one (anatomy): six fingers.");
    await press("r");
    await fill("[name=why]", "it was my screen");
    await submit();
    expect(server.changes.map(({ path, body }) => [path, body])).toEqual([[`${URL_OF_SHOT}/readmit`, { take: "one", why: "it was my screen" }]]);
  });

  test("another take is chosen, locked and let go of, each with its reason", async () => {
    for (const action of ["choose", "lock", "release"]) server.answer(`POST ${URL_OF_SHOT}/${action}`, DECIDED);
    panel = await openPanel(PATH);
    await press("ArrowRight");
    await press("u");
    await fill("[name=why]", "better");
    await submit();
    await press("o");
    await fill("[name=why]", "this one");
    server.answer(`GET ${URL_OF_SHOT}`, { body: shot({ stages: [{ stage: "keyframe", title: "Keyframes", takes: [take("two", { is_used: true, lock: "locked by Luna: this one" })] }] }) });
    await submit();
    await press("o");
    await fill("[name=why]", "rewritten");
    await submit();
    expect(server.changes.map(({ path, body }) => [path.split("/").at(-1), body])).toEqual([
      ["choose", { take: "two", why: "better" }],
      ["lock", { take: "two", why: "this one" }],
      ["release", { stage: "keyframe", why: "rewritten" }],
    ]);
  });

  test("a gate that rejects is waived with why", async () => {
    server.answer(`POST ${URL_OF_SHOT}/waive`, DECIDED);
    panel = await openPanel(PATH);
    await press("ArrowRight");
    await panel.get("[aria-label='Waive Keyframes have the sheet colours']").trigger("click");
    await settle();
    await fill("[name=why]", "she wears a disguise");
    await submit();
    expect(server.changes[0]?.body).toEqual({ take: "two", gate: "keyframes_have_the_sheet_colours", why: "she wears a disguise" });
    expect(toasts()).toContain("Keyframe attempt 2 passes “Keyframes have the sheet colours”");
  });

  test("whoever decides second is told who decided what, keeps what was written, and decides on the shot as it is now", async () => {
    const detail = "Viktor locked this shot at 10:31. Look at it again.";
    server.answer(`POST ${URL_OF_SHOT}/reject`, { status: 412, body: { title: "Somebody else has decided meanwhile", status: 412, detail, remedy: "Look at it again." } });
    panel = await openPanel(PATH);
    await press("r");
    await fill("[name=reason]", "anatomy");
    await fill("[name=note]", "six fingers");
    server.answer(`GET ${URL_OF_SHOT}`, { body: shot({ version: "v9" }) });
    await submit();
    expect(dialog().querySelector("[role=alert]")?.textContent).toContain("Viktor locked this shot at 10:31.");
    expect(dialog().querySelector<HTMLTextAreaElement>("[name=note]")?.value).toBe("six fingers");
    server.answer(`POST ${URL_OF_SHOT}/reject`, DECIDED);
    await submit();
    expect(server.changes.at(-1)?.headers.get("If-Match")).toBe('"v9"');
    expect(isDialogOpen()).toBe(false);
  });

  test("what a lock rests on has changed, and the page says so", async () => {
    server.answer(`GET ${URL_OF_SHOT}`, { body: shot({ locked_by: "Luna", lock_notes: ["The prompt has changed since Luna locked it."] }) });
    panel = await openPanel(PATH);
    expect(panel.get(".notices").text()).toContain("The prompt has changed since Luna locked it.");
  });

  test("whoever may only look decides nothing, and is told why", async () => {
    server.answer("GET /api/me", { body: { name: "Guest", scope: "read" } });
    panel = await openPanel(PATH);
    for (const key of ["a", "r", "o", "n", "i"]) await press(key);
    expect(server.changes).toEqual([]);
    expect(isDialogOpen()).toBe(false);
    expect(panel.get("button.approve").attributes("aria-disabled")).toBe("true");
    expect(toasts()).toContain("Your token may look only");
  });
});

describe("another take", () => {
  const run = { kind: "shots", keys: ["nexus-e01-sc02-sh0030"], stages: [], why: "heavier rain" };

  beforeEach(() => server.answer(`POST ${URL_OF_SHOT}/another`, { body: { ...DECIDED.body, followed: [], run } }));

  test("what it costs is said first, then the wish is put on record and its run started", async () => {
    server.answer("POST /api/runs", { body: { id: "r1" } });
    panel = await openPanel(PATH);
    await press("n");
    expect(server.asked.find(({ path }) => path.startsWith("/api/estimates/"))?.query.toString()).toBe("shots=nexus-e01-sc02-sh0030&again=true");
    for (const words of ["5 min", "4 min", "0.40 EUR", "the day's cap of 5.00 EUR", "3.60 EUR"]) expect(dialog().textContent).toContain(words);
    expect(server.changes).toEqual([]);
    await fill("[name=change]", "heavier rain");
    await submit();
    expect(server.changes.map(({ path, body }) => [path, body])).toEqual([
      [`${URL_OF_SHOT}/another`, { change: "heavier rain", reason: "overall", stage: "keyframe" }],
      ["/api/runs", run],
    ]);
    expect(toasts()).toContain("Another take is being made");
  });

  test("a seed goes with the words, and what of them is followed and what is not is told when the work begins", async () => {
    server.answer(`POST ${URL_OF_SHOT}/another`, { body: { ...DECIDED.body, followed: ["closer"], warning: "The animatic cannot follow “on ice”.", run } });
    server.answer("POST /api/runs", { body: { id: "r1" } });
    panel = await openPanel(PATH);
    await press("n");
    await fill("[name=change]", "closer, on ice");
    await fill("[name=seed]", "41");
    await submit();
    expect(server.changes[0]?.body).toEqual({ change: "closer, on ice", reason: "overall", stage: "keyframe", seed: 41 });
    for (const words of ["Another take is being made", "Closer.", "The animatic cannot follow “on ice”."]) expect(toasts()).toContain(words);
  });

  test("where the caps have no room the wish can be put on record only", async () => {
    server.answer("GET /api/estimates/nexus-e01", { body: estimate({ can_begin: false, fits: false, refusals: ["the day's cap has 0.10 EUR left"] }) });
    panel = await openPanel(PATH);
    await press("n");
    await fill("[name=change]", "heavier rain");
    expect(dialog().querySelector("[role=alert]")?.textContent).toContain("the day's cap has 0.10 EUR left");
    expect(dialog().querySelector<HTMLButtonElement>("[type=submit]")?.disabled).toBe(true);
    dialog().querySelector<HTMLInputElement>("[name=starts]")?.click();
    await settle();
    await submit();
    expect(server.changes.map(({ path }) => path.split("/").at(-1))).toEqual(["another"]);
    expect(toasts()).toContain("Your wish is on record");
  });

  test("where only the run cannot begin, the wish is not sent again", async () => {
    server.answer("POST /api/runs", { status: 503, body: { title: "A service does not answer", status: 503, detail: "Dagster is still being opened." } });
    panel = await openPanel(PATH);
    await press("n");
    await fill("[name=change]", "heavier rain");
    await submit();
    expect(dialog().textContent).toContain("Your wish is on record; only its run has not begun.");
    expect(dialog().textContent).toContain("Dagster is still being opened.");
    server.answer("POST /api/runs", { body: { id: "r1" } });
    await submit();
    expect(server.changes.map(({ path }) => path.split("/").at(-1))).toEqual(["another", "runs", "runs"]);
    const keys = server.changes.slice(1).map(({ headers }) => headers.get("Idempotency-Key"));
    expect(new Set(keys).size).toBe(1);
    expect(isDialogOpen()).toBe(false);
  });
});

async function pick(): Promise<File> {
  const file = new File(["picture"], "own frame.png", { type: "image/png" });
  const input = dialog().querySelector<HTMLInputElement>("[type=file]");
  if (!input) throw new Error("no file field");
  Object.defineProperty(input, "files", { value: [file] });
  input.dispatchEvent(new Event("change"));
  await settle();
  return file;
}

describe("one's own picture", () => {
  /** The request of an upload, with what a test lets the server say. */
  class FakeUpload extends EventTarget {
    static last: FakeUpload;
    upload = new EventTarget();
    status = 0;
    responseText = "";
    url = "";
    headers = new Map<string, string>();
    sent: unknown = null;
    isAborted = false;

    constructor() {
      super();
      FakeUpload.last = this;
    }
    open(_method: string, url: string): void {
      this.url = url;
    }
    setRequestHeader(name: string, value: string): void {
      this.headers.set(name, value);
    }
    getResponseHeader(): string {
      return this.status < 400 ? "application/json" : "application/problem+json";
    }
    send(body: unknown): void {
      this.sent = body;
    }
    abort(): void {
      this.isAborted = true;
      this.dispatchEvent(new Event("abort"));
    }
    async answer(status: number, body: object): Promise<void> {
      [this.status, this.responseText] = [status, JSON.stringify(body)];
      this.dispatchEvent(new Event("load"));
      await settle();
    }
  }

  beforeEach(() => vi.stubGlobal("XMLHttpRequest", FakeUpload));
  afterEach(() => vi.unstubAllGlobals());

  test("it is sent as it is, with progress, and what came of it is told", async () => {
    panel = await openPanel(PATH);
    await press("i");
    const file = await pick();
    await fill("[name=why]", "painted over");
    await submit();
    const { last } = FakeUpload;
    expect(last.url).toBe(`${URL_OF_SHOT}/imports?why=painted+over&name=own+frame.png`);
    expect(last.sent).toBe(file);
    expect([last.headers.get("Content-Type"), last.headers.get("If-Match")]).toEqual(["image/png", '"v7"']);
    last.upload.dispatchEvent(Object.assign(new Event("progress"), { lengthComputable: true, loaded: 1, total: 4 }));
    await settle();
    expect(dialog().textContent).toContain("25 % sent");
    last.upload.dispatchEvent(new Event("load"));
    await settle();
    expect(dialog().textContent).toContain("decoded and judged");
    await last.answer(200, { says: "", version: "v8", take: "two", stage: "keyframe", is_used: false, failed: ["keyframes are sharp: 3 px"], notes: ["12 % of it is cut off"] });
    for (const words of ["It is not used: a gate rejects it.", "keyframes are sharp: 3 px", "12 % of it is cut off"]) expect(dialog().textContent).toContain(words);
    expect(panel.get(".take.shown").text()).toContain("Attempt 2");
  });

  test("what is refused is told with what to do, and the file and the words stay", async () => {
    panel = await openPanel(PATH);
    await press("i");
    await pick();
    await fill("[name=why]", "painted over");
    await submit();
    await FakeUpload.last.answer(422, { title: "The input is wrong", status: 422, detail: "It is no picture.", remedy: "Export it again." });
    expect(dialog().querySelector("[role=alert]")?.textContent).toContain("It is no picture.");
    expect(dialog().querySelector("[role=alert]")?.textContent).toContain("Export it again.");
    expect(dialog().textContent).toContain("own frame.png");
    expect(dialog().querySelector<HTMLTextAreaElement>("[name=why]")?.value).toBe("painted over");
  });

  test("an upload ends when its dialog is closed", async () => {
    panel = await openPanel(PATH);
    await press("i");
    await pick();
    await fill("[name=why]", "painted over");
    await submit();
    await press("Escape");
    expect(FakeUpload.last.isAborted).toBe(true);
  });
});

describe("the words", () => {
  const note = { shot: "nexus-e01-sc02-sh0030", file: "episodes/e01.fountain", line: 42, note_line: 41, note: "close-up", problem: "" };
  const preview = { shot_after: note.shot, seen: "digest", diff: "--- a\n+++ b\n-[[shot: close-up]]\n+[[shot: close-up, rain]]", new_faults: [], warnings: [], replans: [{ episode: "nexus-e01", made: [{ shot: note.shot, stage: "keyframe", why: "", predicted_s: 4 }], dropped: [], seconds_before: 0, seconds_after: 12, notes: [], problem: "" }] };

  test("they are edited in place, and what would be made again is told before they are saved", async () => {
    server.answer(`GET ${URL_OF_SHOT}/note`, { body: note });
    server.answer(`POST ${URL_OF_SHOT}/note/preview`, { body: preview });
    server.answer(`POST ${URL_OF_SHOT}/note`, { body: {} });
    panel = await openPanel(PATH);
    await press("e");
    expect(dialog().querySelector<HTMLTextAreaElement>("[name=note]")?.value).toBe("close-up");
    expect(dialog().querySelector<HTMLButtonElement>("[type=submit]")?.disabled).toBe(true);
    await fill("[name=note]", "close-up, rain");
    await vi.waitFor(() => expect(dialog().textContent).toContain("nexus-e01: 1 to make. A run then takes about 12 s, now 0 s."), 3000);
    expect(dialog().querySelector(".diff")?.textContent).toBe("-[[shot: close-up]]\n+[[shot: close-up, rain]]\n");
    expect(await faults()).toEqual([]);
    await submit();
    expect(server.changes.at(-1)).toMatchObject({ path: `${URL_OF_SHOT}/note`, body: { note: "close-up, rain", why: "", seen: "digest" } });
    expect(isDialogOpen()).toBe(false);
  });

  test("words that bring a fault cannot be saved", async () => {
    server.answer(`GET ${URL_OF_SHOT}/note`, { body: note });
    server.answer(`POST ${URL_OF_SHOT}/note/preview`, { body: { ...preview, new_faults: [{ file: "e01.fountain", line: 41, problem: "a clip of 99 s is too long", remedy: "Write at most 10 s." }] } });
    panel = await openPanel(PATH);
    await press("e");
    await fill("[name=note]", "99 s");
    await vi.waitFor(() => expect(dialog().textContent).toContain("Write at most 10 s."), 3000);
    expect(dialog().querySelector<HTMLButtonElement>("[type=submit]")?.disabled).toBe(true);
  });
});

test("the page and its dialogs have no fault that axe knows", async () => {
  server.answer(`GET ${URL_OF_SHOT}`, { body: shot({ lock_notes: ["The style has changed."], stages: [{ stage: "keyframe", title: "Keyframes", takes: [take("one", { is_used: true, lock: "locked by Luna: good" }), take("two", { gates: [gate({ passed: false })] })] }, { stage: "clip", title: "Clips", takes: [clip("c")] }] }) });
  panel = await openPanel(PATH);
  expect(await faults()).toEqual([]);
  await press("3");
  expect(await faults()).toEqual([]);
  await press("ArrowRight");
  await press("1");
  for (const key of ["n", "i", "o"]) {
    await press(key);
    expect(isDialogOpen()).toBe(true);
    expect(await faults()).toEqual([]);
    await press("Escape");
  }
  await panel.findAll(".pick")[1]?.trigger("click");
  await press("r");
  await load(".surface img", 1000, 500);
  [...dialog().querySelectorAll("button")].find((button) => button.textContent === "Mark a part")?.click();
  await settle();
  expect(await faults()).toEqual([]);
});
