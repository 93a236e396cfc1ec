/** Dark, light, or as the system has it. */

import { ref, watch, type Ref } from "vue";

export type Theme = "system" | "light" | "dark";

const STORED = "tower-theme"; // read before the first paint by public/panel/early.js

function storedTheme(): Theme {
  try {
    const text = localStorage.getItem(STORED);
    return text === "light" || text === "dark" ? text : "system";
  } catch {
    return "system";
  }
}

const theme = ref<Theme>(storedTheme());

watch(theme, (chosen) => {
  if (chosen === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
  try {
    if (chosen === "system") localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, chosen);
  } catch {
    // Storage is closed to us: the choice holds until the page is left.
  }
});

export function useTheme(): Ref<Theme> {
  return theme;
}
