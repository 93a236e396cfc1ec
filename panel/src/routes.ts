/** The pages of the panel; their addresses do not meet those of the pages without JavaScript. */

import type { RouteRecordRaw } from "vue-router";

declare module "vue-router" {
  interface RouteMeta {
    title: string;
  }
}

/** The server answers these, and nothing else, with the panel: `PAGES` in tower_anime_assets/web/panel.py. */
export const routes: RouteRecordRaw[] = [
  { path: "/", name: "home", meta: { title: "Home" }, component: () => import("@/pages/HomePage.vue") },
  {
    path: "/storyboard/:episode",
    name: "storyboard",
    props: true,
    meta: { title: "Storyboard" },
    component: () => import("@/pages/StoryboardPage.vue"),
  },
  {
    path: "/shot/:shot",
    name: "shot",
    props: true,
    meta: { title: "Shot" },
    component: () => import("@/pages/ShotPage.vue"),
  },
  {
    path: "/script/:episode",
    name: "script",
    props: true,
    meta: { title: "Script" },
    component: () => import("@/pages/ScriptPage.vue"),
  },
  {
    path: "/cast/:project",
    name: "cast",
    props: true,
    meta: { title: "Cast" },
    component: () => import("@/pages/CastPage.vue"),
  },
  {
    path: "/settings/:project",
    name: "settings",
    props: true,
    meta: { title: "Settings" },
    component: () => import("@/pages/SettingsPage.vue"),
  },
  { path: "/quality", name: "quality", meta: { title: "Quality" }, component: () => import("@/pages/QualityPage.vue") },
  { path: "/batch", name: "batch", meta: { title: "Batch" }, component: () => import("@/pages/BatchPage.vue") },
  { path: "/memory", name: "memory", meta: { title: "Memory" }, component: () => import("@/pages/MemoryPage.vue") },
  {
    path: "/:path(.*)*",
    name: "not-found",
    meta: { title: "Not found" },
    component: () => import("@/pages/NotFoundPage.vue"),
  },
];
