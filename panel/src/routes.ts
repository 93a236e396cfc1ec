/** The pages of the panel. */

import type { RouteRecordRaw } from "vue-router";

// These two are opened most, and their pictures waited for: they come with the panel's script, the others when needed.
import ShotPage from "@/pages/ShotPage.vue";
import StoryboardPage from "@/pages/StoryboardPage.vue";

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
    component: StoryboardPage,
  },
  {
    path: "/film/:episode",
    name: "film",
    props: true,
    meta: { title: "Film" },
    component: () => import("@/pages/FilmPage.vue"),
  },
  {
    path: "/shot/:shot",
    name: "shot",
    props: true,
    meta: { title: "Shot" },
    component: ShotPage,
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
  {
    path: "/trail/:subject",
    name: "trail",
    props: true,
    meta: { title: "Audit trail" },
    component: () => import("@/pages/TrailPage.vue"),
  },
  {
    path: "/attempt/:id",
    name: "attempt",
    props: true,
    meta: { title: "Attempt" },
    component: () => import("@/pages/AttemptPage.vue"),
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
