"""Record what ComfyUI's own editor queues for the editor cases of the tests.

Opens the editor of a running ComfyUI server in headless Chromium, loads each workflow with `app.loadGraphData` and asks
`app.graphToPrompt` for the graph, as the Queue button does. Run it from the checkout, with the packages for developers:

    COMFYUI_URL=http://127.0.0.1:8188 python scripts/record_editor_graphs.py

Environment:
    COMFYUI_URL       the server; it is only read from, except that the editor stores its own settings there
    CHROMIUM          Chromium's program (default: chromium on PATH)
    EDITOR_FRONTEND   another version of the editor: the `static` folder of an unpacked comfyui-frontend-package,
                      shown instead of the server's own
"""

from __future__ import annotations

import json
import mimetypes
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "tower_anime_assets_tests" / "workflows" / "editor_format" / "data"

_QUEUED = """async ([workflow, choice]) => {
    const random = Math.random
    try {
        await window.app.loadGraphData(workflow)
        Math.random = () => choice
        return {graph: (await window.app.graphToPrompt()).output}
    } catch (error) {
        return {error: String(error)}
    } finally {
        Math.random = random
    }
}"""


@contextmanager
def editor_page(server: str, more_classes: Mapping[str, Any], frontend: Path | None) -> Iterator[Page]:
    """Yield a page that shows a server's editor, to which the server has some node classes more."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")

    def add_classes(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(json={**answer.json(), **more_classes})

    def serve_file(route: Route) -> None:
        name = urlsplit(route.request.url).path.lstrip("/") or "index.html"
        file = (frontend / name).resolve() if frontend is not None else None
        if file is None or frontend is None or not file.is_file() or frontend.resolve() not in file.parents:
            route.fallback()
            return
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        route.fulfill(body=file.read_bytes(), content_type=kind)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        if frontend is not None:
            page.route(f"{server}/**", serve_file)
        page.route("**/object_info", add_classes)
        page.goto(server, timeout=120_000)
        page.wait_for_function("() => window.app && window.app.graph && window.LiteGraph", timeout=120_000)
        page.wait_for_function("() => 'KSampler' in window.LiteGraph.registered_node_types", timeout=120_000)
        page.wait_for_timeout(3000)
        yield page
        browser.close()


def queued(page: Page, workflow: object, choice: float = 0.0) -> dict[str, Any]:
    """Return `{graph}` as the editor queues it, or `{error}`; `choice` decides dynamic prompts, 0 for first options."""
    answer = page.evaluate(_QUEUED, [workflow, choice])
    return dict(answer)


def frontend_version(server_page: Page) -> str:
    """Return the version of the editor that a page shows."""
    return str(server_page.evaluate("() => window.__COMFYUI_FRONTEND_VERSION__"))


def _nodes_of(workflow: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from workflow["nodes"]
    for definition in workflow["definitions"]["subgraphs"]:
        yield from definition["nodes"]


def _needed_facts(node_class: Mapping[str, Any]) -> dict[str, Any]:
    """Return what conversion needs of a node class: no prose, and no model files, since those are the server's own."""
    inputs = {
        part: {name: _without_prose(declared) for name, declared in node_class["input"].get(part, {}).items()}
        for part in ("required", "optional")
    }
    kept = {key: node_class[key] for key in ("input_order", "output", "output_node", "display_name")}
    return {"input": inputs, **kept}


def _without_prose(declared: list[Any]) -> list[Any]:
    parts = [part if not isinstance(part, dict) else dict(part) for part in declared]
    for part in parts:
        if isinstance(part, dict):
            part.pop("tooltip", None)
    if isinstance(parts[0], list):
        parts[0] = [option for option in parts[0] if not str(option).endswith((".safetensors", ".png", ".mp4"))]
    return parts


def main() -> None:
    """Record all cases, and the node classes that they use."""
    sys.path.insert(0, str(ROOT))
    from tower_anime_assets_tests.workflows.editor_format.editor_cases import CASES, MORE_CLASSES

    server = os.environ["COMFYUI_URL"].rstrip("/")
    frontend = Path(os.environ["EDITOR_FRONTEND"]) if os.environ.get("EDITOR_FRONTEND") else None
    with editor_page(server, MORE_CLASSES, frontend) as page:
        version = frontend_version(page)
        answers = {name: queued(page, case.workflow) for name, case in CASES.items()}
        classes = page.request.get(f"{server}/object_info").json()
    lines = [f"{json.dumps(name)}: {json.dumps(answers[name], sort_keys=True)}" for name in sorted(answers)]
    DATA.mkdir(exist_ok=True)
    (DATA / f"queued_{version}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    used = {node["type"] for case in CASES.values() for node in _nodes_of(case.workflow)} & classes.keys()
    lines = [f"{json.dumps(name)}: {json.dumps(_needed_facts(classes[name]), sort_keys=True)}" for name in sorted(used)]
    (DATA / "node_classes.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    sys.stdout.write(f"{len(answers)} workflows recorded from version {version} of the editor\n")


if __name__ == "__main__":
    main()
