"""The fake ComfyUI's queue, history, cache and files, and the thread in which its jobs run one after the other.

Nothing here speaks HTTP. What a job tells while it runs goes to `tell`, called in the job's thread.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from threading import Condition, Event, Thread
from typing import Any

from tower_anime_assets_tests.fakes.comfyui_models import NodeFailed, batch_of
from tower_anime_assets_tests.fakes.node_facts import NodeClass

Graph = Mapping[str, Any]
FileKey = tuple[str, str, str]
"""Type (`input`, `output`, `temp`), subfolder, name."""


@dataclass
class JobFaults:
    """What goes wrong with jobs; change it at any time.

    Attributes:
        node_error: The message with which jobs fail at their longest node; "" for none.
        node_error_times: How many more jobs fail so.
        card_px: Pixels of a batch's frames above which the card runs out of memory; 0 for one that holds everything.
        late_history_s: How long after its last message a job is in neither the queue nor the history.
        saves_nothing: Whether jobs succeed without an output.
        output_name: What outputs are called, whatever they are really called.
        late_interrupts: Whether a job obeys an interrupt only when its current step ends, as a sampler does.
    """

    node_error: str = ""
    node_error_times: int = 1_000_000
    card_px: int = 0
    late_history_s: float = 0.0
    saves_nothing: bool = False
    output_name: str = ""
    late_interrupts: bool = False


@dataclass(eq=False)
class Item:
    """A job in the queue; `number` decides its place."""

    number: float
    prompt_id: str
    graph: Graph
    extra: Mapping[str, Any]
    outputs: tuple[str, ...]
    interrupted: Event = field(default_factory=Event)
    is_lost: bool = False
    node: str = ""

    def told(self) -> list[Any]:
        return [self.number, self.prompt_id, self.graph, self.extra, list(self.outputs)]


class CardFull(NodeFailed):
    """The card ran out of memory, as torch says it on CUDA."""


_MEMORY_TIPS = (
    "This error means you ran out of memory on your GPU.\n\nTIPS: If the workflow worked before you might have "
    "accidentally set the batch_size to a large number."
)
"""What ComfyUI 0.3.64 adds to the message (execution.py, `tips`)."""


class _Interrupted(Exception):  # noqa: N818 - what somebody did
    """Somebody stopped the job that runs."""


class Jobs:
    """The queue and everything that survives a job.

    Args:
        classes: Node classes by name.
        render: Returns a graph's file and its suffix; called in the job's thread.
        tell: Gets a client id, a kind of message and its data, or a binary frame.

    Attributes:
        duration_s: How long a job's longest node works, or a function of the graph that says so.
        steps: How many steps it takes, each told.
        files: Bytes of every file, by type, subfolder and name; they outlive a restart, but not those in `temp`.
        runs: How often each id ran to an end, good or bad.
    """

    def __init__(
        self,
        classes: Mapping[str, NodeClass],
        render: Callable[[Graph], tuple[bytes, str]],
        tell: Callable[[str, str, Any], None],
    ) -> None:
        self.duration_s: float | Callable[[Graph], float] = 0.02
        self.steps = 4
        self.faults = JobFaults()
        self.files: dict[FileKey, bytes] = {}
        self.runs: Counter[str] = Counter()
        self.changed = Condition()
        self._classes = classes
        self._render = render
        self._tell = tell
        self._forget()

    def _forget(self) -> None:
        self.pending: list[Item] = []
        self.running: Item | None = None
        self.history: dict[str, dict[str, Any]] = {}
        self._cache: dict[str, Any] = {}
        self._numbers = 0
        self._is_ending = False
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin with an empty queue and history."""
        with self.changed:
            self._forget()
            self.files = {key: body for key, body in self.files.items() if key[0] != "temp"}
            self._thread = Thread(target=self._work, name="fake-comfyui-jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End at once; the running job is lost."""
        with self.changed:
            self._is_ending = True
            if self.running is not None:
                self.running.is_lost = True
                self.running.interrupted.set()
            self.changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def put(self, prompt_id: str, graph: Graph, extra: Mapping[str, Any], outputs: tuple[str, ...]) -> float:
        """Queue a job, also one of a known id; return its number."""
        with self.changed:
            number, self._numbers = self._numbers, self._numbers + 1
            self.pending.append(Item(number, prompt_id, graph, extra, outputs))
            self.changed.notify_all()
            return number

    def delete(self, prompt_id: str) -> None:
        """Take out the pending jobs of an id; a running one stays."""
        with self.changed:
            self.pending = [item for item in self.pending if item.prompt_id != prompt_id]
            self.changed.notify_all()

    def interrupt(self, prompt_id: str | None) -> None:
        """Stop the running job if it has this id; whoever's it is if there is no id."""
        with self.changed:
            if self.running is not None and prompt_id in (None, self.running.prompt_id):
                self.running.interrupted.set()

    def forget_cache(self) -> None:
        """Run everything afresh from now on."""
        with self.changed:
            self._cache = {}

    def queue(self) -> dict[str, Any]:
        """Return the queue as `GET /queue` tells it."""
        with self.changed:
            running = [self.running.told()] if self.running is not None else []
            return {"queue_running": running, "queue_pending": [item.told() for item in self.pending]}

    def remaining(self) -> int:
        """Return how many jobs are not over."""
        with self.changed:
            return len(self.pending) + (self.running is not None)

    def has_file(self, kind: str, path: str) -> bool:
        """Return whether there is a file of a type under `subfolder/name`."""
        return self._key(kind, path) in self.files

    def file(self, kind: str, path: str) -> bytes:
        """Return the bytes of a file of a type under `subfolder/name`."""
        return self.files[self._key(kind, path)]

    @staticmethod
    def _key(kind: str, path: str) -> FileKey:
        parts = PurePosixPath(path)
        folder = "" if str(parts.parent) == "." else str(parts.parent)
        return kind, folder, parts.name

    def _work(self) -> None:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self._is_ending or bool(self.pending))
                if self._is_ending:
                    return
                item = min(self.pending, key=lambda waiting: waiting.number)
                self.pending.remove(item)
                self.running = item
                self.changed.notify_all()
            entry = self._run(item)
            if item.is_lost:
                return
            with self.changed:
                self.running = None
                self.runs[item.prompt_id] += 1
            if self.faults.late_history_s:
                time.sleep(self.faults.late_history_s)
            with self.changed:
                self.history[item.prompt_id] = entry
                self.changed.notify_all()
            self._say(item, "executing", {"node": None, "prompt_id": item.prompt_id})

    def _run(self, item: Item) -> dict[str, Any]:
        """Run a job and return its entry in the history."""
        messages: list[list[Any]] = []
        outputs: dict[str, Any] = {}
        done: list[str] = []

        def event(kind: str, **data: Any) -> None:
            told = {**data, "prompt_id": item.prompt_id, "timestamp": int(time.time() * 1000)}
            messages.append([kind, told])
            self._say(item, kind, told)

        order = list(self._order(item))
        marks = {node: self._signature(item.graph, node) for node in order}
        cached = [node for node in order if marks[node] in self._cache]
        event("execution_start")
        event("execution_cached", nodes=cached)
        try:
            for node in order:
                item.node = node
                if node not in cached:
                    self._run_node(item, node, done)
                    self._cache[marks[node]] = self._outputs_of(item, node)
                told = self._cache[marks[node]]
                if told is not None:
                    outputs[node] = told
                    data = {"node": node, "display_node": node, "output": told, "prompt_id": item.prompt_id}
                    self._say(item, "executed", data)
                done.append(node)
        except _Interrupted:
            event("execution_interrupted", node_id=item.node, node_type=self._class(item, item.node), executed=done)
        except NodeFailed as error:
            failed = next((node for node in order if self._class(item, node) == error.node_class), item.node)
            event(
                "execution_error",
                node_id=failed,
                node_type=self._class(item, failed),
                executed=done,
                exception_message=f"{error}\n{_MEMORY_TIPS if isinstance(error, CardFull) else ''}",
                exception_type="torch.OutOfMemoryError" if isinstance(error, CardFull) else "ValueError",
                traceback=[],
                current_inputs={},
                current_outputs=order,
            )
        else:
            event("execution_success")
        # Only what the last job used is kept.
        self._cache = {mark: self._cache[mark] for mark in marks.values() if mark in self._cache}
        is_success = messages[-1][0] == "execution_success"
        status = {"status_str": "success" if is_success else "error", "completed": is_success, "messages": messages}
        meta = {node: {"node_id": node, "display_node": node, "parent_node": None} for node in outputs}
        return {"prompt": item.told(), "outputs": outputs, "status": status, "meta": meta}

    def _run_node(self, item: Item, node: str, done: list[str]) -> None:
        data = {"node": node, "display_node": node, "prompt_id": item.prompt_id}
        self._state(item, node, 0, 1, "running", done)
        self._say(item, "executing", data)
        if node == self._longest(item):
            self._work_long(item, node, done)
        if item.interrupted.is_set():
            raise _Interrupted
        self._state(item, node, 1, 1, "finished", done)

    def _work_long(self, item: Item, node: str, done: list[str]) -> None:
        for step in range(1, self.steps + 1):
            # Asked at every step, so that a job can be made to hurry.
            whole_s = self.duration_s(item.graph) if callable(self.duration_s) else self.duration_s
            self._work_step(item, whole_s / self.steps)
            self._state(item, node, step, self.steps, "running", done)
            self._say(item, "preview", None)
            data = {"value": step, "max": self.steps, "prompt_id": item.prompt_id, "node": node}
            self._say(item, "progress", data)
        if 0 < self.faults.card_px < _frame_px(item.graph):
            words = (
                "Allocation on device 0 would exceed allowed memory. (out of memory)\nCurrently allocated : 11.01 GiB"
            )
            raise CardFull(self._class(item, node), words)
        if self.faults.node_error and self.faults.node_error_times > 0:
            self.faults.node_error_times -= 1
            raise NodeFailed(self._class(item, node), self.faults.node_error)

    def _work_step(self, item: Item, step_s: float) -> None:
        ends_s = time.monotonic() + step_s
        while (left_s := ends_s - time.monotonic()) > 0:
            if not self.faults.late_interrupts:
                if item.interrupted.wait(left_s):
                    raise _Interrupted
            elif item.is_lost:  # killed
                raise _Interrupted
            else:
                time.sleep(min(left_s, 0.02))
        if item.interrupted.is_set():
            raise _Interrupted

    def _outputs_of(self, item: Item, node: str) -> dict[str, Any] | None:
        """Save what an output node makes; return what it tells, None for any other node."""
        name = self._class(item, node)
        if not self._classes[name].is_output or self.faults.saves_nothing:
            return None
        made = [self._render(graph) for graph in batch_of(item.graph)]
        suffix = made[0][1]
        kind = "temp" if name == "PreviewImage" else "output"
        prefix = PurePosixPath(item.graph[node]["inputs"].get("filename_prefix", "ComfyUI_temp"))
        folder = "" if str(prefix.parent) == "." else str(prefix.parent)
        with self.changed:
            taken = sum(key[:2] == (kind, folder) and key[2].startswith(f"{prefix.name}_") for key in self.files)
            names = [f"{prefix.name}_{taken + number:05}_{suffix}" for number in range(1, len(made) + 1)]
            self.files |= {(kind, folder, name): body for name, (body, _suffix) in zip(names, made, strict=True)}
        files = [{"filename": self.faults.output_name or name, "subfolder": folder, "type": kind} for name in names]
        return {"images": files, **({"animated": [True]} if suffix not in (".png", ".jpg") else {})}

    def _order(self, item: Item) -> Iterator[str]:
        """Yield the nodes that the job's outputs need, each after what it needs itself."""
        seen: set[str] = set()

        def visit(node: str) -> Iterator[str]:
            if node in seen:
                return
            seen.add(node)
            for value in item.graph[node].get("inputs", {}).values():
                if isinstance(value, list):
                    yield from visit(value[0])
            yield node

        for output in item.outputs:
            yield from visit(output)

    def _signature(self, graph: Graph, node: str) -> str:
        """Return what decides whether a node's result can be taken from the cache."""
        entry = graph[node]
        inputs = {
            name: [self._signature(graph, value[0]), value[1]] if isinstance(value, list) else value
            for name, value in entry.get("inputs", {}).items()
        }
        for name in ("image", "file") if entry["class_type"] in ("LoadImage", "LoadVideo") else ():
            if name in inputs:
                inputs["content"] = hashlib.sha256(self.file("input", str(inputs[name]))).hexdigest()
        text = json.dumps([entry["class_type"], inputs], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _longest(self, item: Item) -> str:
        """Return the node that takes the time: a sampler, or the first output."""
        samplers = (node for node in item.graph if self._is_sampler(self._class(item, node)))
        return next(samplers, item.outputs[0])

    @staticmethod
    def _is_sampler(name: str) -> bool:
        return "Sampler" in name and name != "KSamplerSelect"

    @staticmethod
    def _class(item: Item, node: str) -> str:
        return str(item.graph[node]["class_type"])

    def _state(self, item: Item, node: str, value: float, most: float, state: str, done: list[str]) -> None:
        nodes = {name: _node_state(item, name, 1, 1, "finished") for name in done}
        nodes[node] = _node_state(item, node, value, most, state)
        self._say(item, "progress_state", {"prompt_id": item.prompt_id, "nodes": nodes})

    def _say(self, item: Item, kind: str, data: Any) -> None:
        self._tell(str(item.extra.get("client_id", "")), kind, data)


def _frame_px(graph: Graph) -> int:
    """Return how many pixels a graph makes at once: of all frames of a batch, at the largest node with a size."""
    inputs = [node["inputs"] for node in graph.values()]
    sizes = [
        given["width"] * given["height"] * given.get("batch_size", 1)
        for given in inputs
        if isinstance(given.get("width"), int) and isinstance(given.get("height"), int)
    ]
    return max(sizes, default=0)


def _node_state(item: Item, node: str, value: float, most: float, state: str) -> dict[str, Any]:
    about = {"node_id": node, "prompt_id": item.prompt_id, "display_node_id": node, "real_node_id": node}
    return {"value": value, "max": most, "state": state, "parent_node_id": None, **about}
