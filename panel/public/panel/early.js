// Before the panel's script is here: the theme, so that the page does not flash in the other one, and what the page
// will read first. A file, since inline scripts are refused.
(() => {
  try {
    const theme = localStorage.getItem("tower-theme");
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is closed to us: the system's theme holds.
  }
  const [, page, key] = location.pathname.split("/");
  const url = { storyboard: `/api/episodes/${key}/storyboard`, shot: `/api/shots/${key}` }[page];
  if (!key || !url) return;
  const answer = fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" }).then((response) =>
    page === "shot" && response.ok ? withPicture(response) : response,
  );
  answer.catch(() => {}); // whoever takes it is told
  window.towerEarly = { url, answer }; // taken by src/api/client.ts

  // Asks for the picture before the page is drawn around it.
  async function withPicture(response) {
    const text = await response.text();
    const { stages } = JSON.parse(text);
    const used = stages.filter((stage) => stage.takes.some((take) => take.is_used)); // as openingStage in src/shot.ts
    const picture = (used.at(-1) ?? stages.at(-1))?.takes[0]?.summary.thumb_url;
    if (picture) new Image().src = picture;
    return new Response(text, { status: response.status, headers: response.headers });
  }
})();
