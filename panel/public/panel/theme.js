// Before the first paint, so that the page does not flash in the other theme. A file, since inline scripts are refused.
(() => {
  try {
    const theme = localStorage.getItem("tower-theme");
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is closed to us: the system's theme holds.
  }
})();
