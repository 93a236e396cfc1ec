/** Short messages at the edge of the page: what was done, and what was not and how to go on. */

import { ref, type Ref } from "vue";

import { ApiError } from "@/api/problems";

export interface ToastMessage {
  id: number;
  tone: "good" | "bad";
  title: string;
  text: string;
  remedy: string;
}

const messages = ref<ToastMessage[]>([]);
let nextId = 1;

export interface Toasts {
  messages: Ref<ToastMessage[]>;
  tell: (title: string, text?: string) => void;
  /** Show what went otherwise than meant, until it is read. */
  tellProblem: (title: string, text: string) => void;
  /** Show what is wrong and what to do; what is not an answer of the server is a bug of ours and says so. */
  tellError: (error: unknown) => void;
  dismiss: (id: number) => void;
}

function add(message: Omit<ToastMessage, "id">): void {
  const isShown = messages.value.some(({ title, text }) => title === message.title && text === message.text);
  if (!isShown) messages.value.push({ id: nextId++, ...message });
}

export function useToasts(): Toasts {
  return {
    messages,
    tell: (title, text = "") => add({ tone: "good", title, text, remedy: "" }),
    tellProblem: (title, text) => add({ tone: "bad", title, text, remedy: "" }),
    tellError: (error) => add({ tone: "bad", ...wordsOf(error) }),
    dismiss: (id) => {
      messages.value = messages.value.filter((message) => message.id !== id);
    },
  };
}

export function wordsOf(error: unknown): { title: string; text: string; remedy: string } {
  if (error instanceof ApiError) {
    const text = error.message === error.title ? "" : error.message;
    return { title: error.title, text, remedy: error.remedy };
  }
  const text = error instanceof Error ? error.message : String(error);
  return { title: "A bug in the panel", text, remedy: "Load the page again; if it stays, report what you did." };
}
