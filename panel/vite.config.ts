import { fileURLToPath } from "node:url";

import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  build: {
    outDir: fileURLToPath(new URL("../tower_anime_assets/web/panel_dist", import.meta.url)),
    emptyOutDir: true,
    // The wheel carries what is built, so it carries the licences of the packages in it.
    license: { fileName: "licenses.md" },
    // Everything that carries a digest in its name lies here and is served as immutable.
    assetsDir: "panel/assets",
    // A Content-Security-Policy without data: for scripts, styles and fonts has to hold.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Some 60 kB in all: one request instead of one for each part of a page.
    cssCodeSplit: false,
    target: "es2022",
    // light-dark() and content-visibility are used as they are.
    cssTarget: ["chrome123", "firefox125", "safari18"],
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/media", "/dagster", "/sign-in", "/sign-out"].map((path) => [
        path,
        process.env["TOWER_WEB"] ?? "http://127.0.0.1:3000",
      ]),
    ),
  },
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.ts"],
    restoreMocks: true,
    testTimeout: 60_000,
    maxWorkers: 2,
    environmentOptions: { happyDOM: { url: "http://127.0.0.1:3000/" } },
  },
});
