/** The panel's router: titles, and where the focus goes on a new page. */

import { nextTick } from "vue";
import { createRouter, createWebHistory, type Router, type RouterHistory } from "vue-router";

import { routes } from "./routes";

export function makeRouter(history: RouterHistory = createWebHistory()): Router {
  const router = createRouter({
    history,
    routes,
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  });
  router.afterEach((to, from) => {
    document.title = `${[to.params["shot"] ?? to.params["episode"] ?? to.params["project"] ?? to.params["subject"], to.meta.title].filter(Boolean).join(" · ")} – Tower`;
    // Whoever does not see the page hears its heading; the first page has the focus where browsers put it.
    if (from.matched.length && to.path !== from.path) {
      void nextTick(() => document.querySelector<HTMLElement>("main")?.focus({ preventScroll: true }));
    }
  });
  return router;
}
