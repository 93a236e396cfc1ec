/** Keys that do something on a page, and the list of them for the help. */

import { onMounted, onUnmounted, shallowReactive } from "vue";

export interface Shortcut {
  /** As `KeyboardEvent.key` has it, letters in lower case. */
  keys: string[];
  /** How the help shows it. */
  shown: string;
  does: string;
  run: (event: KeyboardEvent) => void;
}

const groups = shallowReactive<Shortcut[][]>([]);

/** Where keys have a meaning of their own. */
const TYPING = "input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=slider], audio, video";

/** Return whether a button or link under the focus takes this key itself. */
function isTakenByFocus(event: KeyboardEvent, target: Element): boolean {
  if (target.closest(TYPING)) return true;
  return (event.key === "Enter" || event.key === " ") && target.closest("button, a, summary") !== null;
}

export function useShortcuts(shortcuts: Shortcut[]): void {
  function onKeydown(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && isTakenByFocus(event, event.target)) return;
    if (document.querySelector("[role=dialog][data-state=open]")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const shortcut = shortcuts.find(({ keys }) => keys.includes(key));
    if (!shortcut) return;
    event.preventDefault();
    shortcut.run(event);
  }
  onMounted(() => {
    groups.push(shortcuts);
    document.addEventListener("keydown", onKeydown);
  });
  onUnmounted(() => {
    groups.splice(groups.indexOf(shortcuts), 1);
    document.removeEventListener("keydown", onKeydown);
  });
}

/** Every key that does something now. */
export function useShortcutList(): Shortcut[][] {
  return groups;
}
