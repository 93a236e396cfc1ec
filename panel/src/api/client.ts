/** Requests to the API: idempotency keys, versions, and problems as errors. */

import { endpoints } from "./endpoints";
import { problemOf, unreachable } from "./problems";

export interface Answer<Data> {
  data: Data;
  /** What to give back as `ifMatch` when changing what was read; null where it has no version. */
  etag: string | null;
}

export interface ChangeOptions {
  /** The version that the person looked at; the server refuses the change if somebody decided since. */
  ifMatch?: string | null;
  /** One for each thing that a person does; the same again repeats what was not answered; null for what changes nothing. */
  idempotencyKey?: string | null;
  signal?: AbortSignal;
}

/** Return the ETag of a version as lists give it; "" is the one before anybody decided. */
export function etagOf(version: string): string {
  return `"${version || "none"}"`;
}

export async function get<Data>(url: string, signal?: AbortSignal): Promise<Answer<Data>> {
  return send<Data>(url, { method: "GET", signal: signal ?? null });
}

export async function post<Data>(url: string, body: unknown, options: ChangeOptions = {}): Promise<Answer<Data>> {
  const { idempotencyKey: key } = options;
  return change<Data>("POST", url, body, key === null ? {} : { "Idempotency-Key": key ?? newKey() }, options);
}

export async function put<Data>(url: string, body: unknown, options: ChangeOptions = {}): Promise<Answer<Data>> {
  return change<Data>("PUT", url, body, {}, options);
}

export async function patch<Data>(url: string, body: unknown, options: ChangeOptions = {}): Promise<Answer<Data>> {
  return change<Data>("PATCH", url, body, {}, options);
}

export async function remove<Data>(url: string, options: ChangeOptions = {}): Promise<Answer<Data>> {
  return change<Data>("DELETE", url, undefined, {}, options);
}

async function change<Data>(
  method: string,
  url: string,
  body: unknown,
  headers: Record<string, string>,
  options: ChangeOptions,
): Promise<Answer<Data>> {
  if (options.ifMatch) headers["If-Match"] = options.ifMatch;
  const isFile = body instanceof Blob;
  if (body !== undefined) headers["Content-Type"] = isFile ? body.type : "application/json";
  const content = body === undefined ? null : isFile ? body : JSON.stringify(body);
  return send<Data>(url, { method, headers, body: content, signal: options.signal ?? null });
}

async function send<Data>(url: string, init: RequestInit): Promise<Answer<Data>> {
  const headers = { Accept: "application/json", ...(init.headers as Record<string, string> | undefined) };
  let response: Response;
  try {
    response = await (takeEarly(url, init.method) ?? fetch(url, { ...init, headers, credentials: "same-origin" }));
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw unreachable(error);
  }
  if (response.status === 401) leaveForSignIn();
  if (!response.ok) throw await problemOf(response);
  const data = response.status === 204 ? undefined : await response.json();
  return { data: data as Data, etag: response.headers.get("ETag") };
}

declare global {
  interface Window {
    towerEarly?: { url: string; answer: Promise<Response> } | undefined;
  }
}

/** Return what public/panel/early.js has asked for before this script was here, once; any other request ends that. */
function takeEarly(url: string, method: string | undefined): Promise<Response> | undefined {
  const early = window.towerEarly;
  if (method !== "GET" || early?.url === url) window.towerEarly = undefined;
  return method === "GET" && early?.url === url ? early.answer : undefined;
}

/** Nobody is known any more: sign in, and come back to this page. */
function leaveForSignIn(): void {
  window.location.assign(endpoints.signIn(window.location.pathname + window.location.search));
}

/** `crypto.randomUUID` exists only under https and on loopback; a studio's own network may have neither. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
