"""What the fake ComfyUI renders: stills drawn from the seed and the prompt's colours, clips that move an image slowly.

A graph is read as its nodes would read it: sizes and lengths are made legal without a word, as LTX Video does.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any, cast

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

Picture = NDArray[np.uint8]

_PAN_PX = 0.5
"""How far the picture moves from one frame to the next, before the zoom adds its part."""

_ZOOM = 0.0006

_COLOUR = re.compile(r"#([0-9a-fA-F]{6})\b")
_VIDEO_CLASSES = frozenset({"SaveVideo", "SaveWEBM"})


class NodeFailed(Exception):  # noqa: N818 - what ComfyUI reports, not what we do
    """A node raised while it ran.

    Attributes:
        node_class: The class of the node to blame.
    """

    def __init__(self, node_class: str, message: str) -> None:
        super().__init__(message)
        self.node_class = node_class


def rendered(
    graph: Mapping[str, Any], input_file: Callable[[str], bytes], colours: tuple[str, ...] = ()
) -> tuple[bytes, str]:
    """Return what a graph makes, with the suffix of its kind: a PNG, or an mp4 of the graph's frames, size and rate.

    Args:
        graph: In API format, already checked.
        input_file: Returns the bytes of an uploaded file.
        colours: `#rrggbb` that figures wear where the prompt names none.

    Raises:
        NodeFailed: The graph's numbers cannot be encoded.
    """
    loaded = next((node["inputs"]["file"] for node in graph.values() if node["class_type"] == "LoadVideo"), None)
    if loaded is not None:
        return _video_of_video(graph, input_file(loaded)), ".mp4"
    if any(node["class_type"] in _VIDEO_CLASSES for node in graph.values()):
        picture = _loaded(graph, input_file) if _loads(graph) else _still(graph, input_file, colours)
        return _video(graph, picture), ".mp4"
    return _png(_still(graph, input_file, colours), graph), ".png"


def batch_of(graph: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return a graph for each picture that a graph's batch makes: the first is its own, the others differ in noise."""
    if any(node["class_type"] in _VIDEO_CLASSES for node in graph.values()):
        return [graph]  # its batch is the frames
    shifted = [graph]
    for number in range(1, _length(graph)):
        changed = {
            node_id: {**node, "inputs": {**node["inputs"], **_with_noise(node["inputs"], number)}}
            for node_id, node in graph.items()
        }
        shifted.append(changed)
    return shifted


def _with_noise(inputs: Mapping[str, Any], number: int) -> dict[str, int]:
    return {name: int(inputs[name]) + number for name in ("seed", "noise_seed") if isinstance(inputs.get(name), int)}


def _still(graph: Mapping[str, Any], input_file: Callable[[str], bytes], colours: tuple[str, ...]) -> Picture:
    flat = _flat(graph)
    if flat is not None:
        return flat
    size = _size(graph) or _loaded(graph, input_file).shape[1::-1]
    return drawn(size[0], size[1], _seed(graph), _colours(graph) or colours)


def drawn(width_px: int, height_px: int, seed: int, colours: tuple[str, ...] = ()) -> Picture:
    """Return a sharp picture of a place with a figure in it, `(height, width, 3)` uint8 RGB, the same for one seed.

    Args:
        width_px: Its width.
        height_px: Its height.
        seed: What it is drawn from.
        colours: `#rrggbb`; the figure wears them, in bands that touch.
    """
    random = np.random.default_rng(seed % 2**63)
    sky, ground, line = (tuple(int(value) for value in random.integers(low, low + 90, 3)) for low in (110, 60, 10))
    picture = Image.new("RGB", (width_px, height_px), sky)
    draw = ImageDraw.Draw(picture)
    horizon = int(height_px * random.uniform(0.45, 0.7))
    draw.rectangle((0, horizon, width_px, height_px), fill=ground)
    for _ in range(24):
        x, wide, tall = random.uniform(0, 1), random.uniform(0.03, 0.12), random.uniform(0.05, 0.4)
        box = (x * width_px, horizon - tall * height_px, (x + wide) * width_px, horizon)
        shade = tuple(int(value) for value in random.integers(70, 200, 3))
        draw.rectangle(box, fill=shade, outline=line, width=2)
    picture = Image.fromarray(_grained(np.asarray(picture), random))
    _draw_figure(picture, float(random.uniform(0.3, 0.7)), colours or ("#e8c9a8", "#7a3b4f", "#2c4f7c"))
    return np.asarray(picture)


def _grained(picture: Picture, random: np.random.Generator) -> Picture:
    """Return a picture with a grain of a few pixels, so that every part of it shows when it moves."""
    height, width = picture.shape[:2]
    grain = random.normal(0, 26, (height // 8 + 1, width // 8 + 1)).astype(np.float32)
    spread = cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)[..., np.newaxis]
    return cast(Picture, np.clip(picture + spread, 0, 255).astype(np.uint8))


def _draw_figure(picture: Image.Image, where: float, colours: tuple[str, ...]) -> None:
    """Draw a figure in tiles that repeat the colours, so that all of them are found together."""
    draw = ImageDraw.Draw(picture)
    width, height = picture.size
    side = max(4, width // 32)
    left, top = int((where - 0.16) * width), int(0.1 * height)
    for row in range((height - top) // side):
        for column in range(int(0.32 * width) // side):
            x, y = left + column * side, top + row * side
            colour = colours[(row + column) % len(colours)]
            draw.rectangle((x, y, x + side - 1, y + side - 1), fill=colour, outline="#101014")


def _video(graph: Mapping[str, Any], picture: Picture) -> bytes:
    width, height = _size(graph) or picture.shape[1::-1]
    frames, fps = _length(graph), _rate(graph)
    if width % 2 or height % 2:
        raise NodeFailed("SaveVideo", f"[Errno 542398533] Generic error in an external library: {width}x{height} px")
    fitted = cast(Picture, cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))
    made = io.BytesIO()
    with av.open(made, "w", format="mp4", options={"movflags": "use_metadata_tags"}) as container:
        container.metadata["prompt"] = json.dumps(graph)
        stream = container.add_stream("libx264", rate=fps, options={"crf": "16", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in _moving(fitted, frames, _seed(graph)):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return made.getvalue()


def _video_of_video(graph: Mapping[str, Any], body: bytes) -> bytes:
    """Return an uploaded clip enlarged and multiplied as the graph says, at its own rate where that is linked."""
    with av.open(io.BytesIO(body), "r") as source:
        rate = source.streams.video[0].average_rate or Fraction(24)
        frames = [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]
    classes = {node["class_type"]: node["inputs"] for node in graph.values()}
    height, width = frames[0].shape[:2]
    if "ImageUpscaleWithModel" in classes:
        width, height = 2 * width, 2 * height
    if "ImageScale" in classes:
        width, height = int(classes["ImageScale"]["width"]), int(classes["ImageScale"]["height"])
    between = int(classes["RIFE VFI"]["multiplier"]) if "RIFE VFI" in classes else 1
    asked = classes["CreateVideo"]["fps"]
    made = io.BytesIO()
    with av.open(made, "w", format="mp4") as container:
        fps = rate if isinstance(asked, list) else Fraction(asked).limit_denominator(1001)
        stream = container.add_stream("libx264", rate=fps, options={"crf": "16", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range((len(frames) - 1) * between + 1):
            share = number % between / between
            before, after = frames[number // between], frames[min(number // between + 1, len(frames) - 1)]
            frame = cv2.addWeighted(before, 1 - share, after, share, 0)
            scaled = cast(Picture, cv2.resize(cast(Picture, frame), (width, height), interpolation=cv2.INTER_CUBIC))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(scaled, format="rgb24")))
        container.mux(stream.encode())
    return made.getvalue()


def _moving(picture: Picture, frames: int, seed: int) -> Iterator[Picture]:
    """Yield the picture, then the picture slowly panned and zoomed by parts of a pixel."""
    height, width = picture.shape[:2]
    angle = np.random.default_rng(seed % 2**63).uniform(0, 2 * np.pi)
    for number in range(frames):
        zoom = 1 + _ZOOM * number
        x, y = (_PAN_PX * number * float(part) for part in (np.cos(angle), np.sin(angle)))
        move = np.array([[zoom, 0, x + width / 2 * (1 - zoom)], [0, zoom, y + height / 2 * (1 - zoom)]])
        yield cast(
            Picture,
            cv2.warpAffine(picture, move, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT),
        )


def _png(picture: Picture, graph: Mapping[str, Any]) -> bytes:
    told, made = PngInfo(), io.BytesIO()
    told.add_text("prompt", json.dumps(graph))  # as the server does: a picture tells everybody its graph
    Image.fromarray(picture).save(made, "PNG", pnginfo=told)
    return made.getvalue()


def _flat(graph: Mapping[str, Any]) -> Picture | None:
    """Return what EmptyImage gives; None when the graph has none."""
    found = next((node["inputs"] for node in graph.values() if node["class_type"] == "EmptyImage"), None)
    size = _size(graph)
    if found is None or size is None:
        return None
    colour = int(found["color"])
    picture = np.empty((size[1], size[0], 3), np.uint8)
    picture[:] = (colour >> 16, colour >> 8 & 255, colour & 255)
    return picture


def _loads(graph: Mapping[str, Any]) -> list[str]:
    """Return the names of the pictures that a graph loads, those that its video ends on last."""
    loaders = [name for name, node in graph.items() if node["class_type"] == "LoadImage"]
    return [graph[name]["inputs"]["image"] for name in sorted(loaders, key=lambda name: _is_end(graph, name))]


def _is_end(graph: Mapping[str, Any], loader: str) -> bool:
    """Return whether what a node gives, changed or not, is the picture that a video ends on."""
    for name, node in graph.items():
        links = [key for key, value in node["inputs"].items() if isinstance(value, list) and value[:1] == [loader]]
        if "end_image" in links or (node["class_type"] == "LTXVAddGuide" and links and node["inputs"]["frame_idx"] < 0):
            return True
        if links and node["class_type"] == "LTXVPreprocess" and _is_end(graph, name):
            return True
    return False


def _loaded(graph: Mapping[str, Any], input_file: Callable[[str], bytes]) -> Picture:
    names = _loads(graph)
    if not names:
        raise NodeFailed("SaveImage", "the graph says no size and loads no picture")
    with Image.open(io.BytesIO(input_file(names[0]))) as picture:
        return np.asarray(picture.convert("RGB"))


def _size(graph: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return width and height that a node of the graph asks for, as its class makes them; None when none does."""
    asking = [node for node in graph.values() if {"width", "height"} <= node["inputs"].keys()]
    if not asking:
        return None
    last = next((node for node in asking if node["class_type"] == "ImageScale"), asking[0])
    width, height = int(last["inputs"]["width"]), int(last["inputs"]["height"])
    if "LTXV" in last["class_type"]:
        return width // 32 * 32, height // 32 * 32
    return width, height


def _length(graph: Mapping[str, Any]) -> int:
    """Return the frames that the graph makes."""
    for node in graph.values():
        if "length" in node["inputs"]:
            asked = int(node["inputs"]["length"])
            return (asked - 1) // 8 * 8 + 1 if "LTXV" in node["class_type"] else asked
    asked_inputs = [node["inputs"] for node in graph.values()]
    return max((int(inputs.get("batch_size", inputs.get("amount", 1))) for inputs in asked_inputs), default=1)


def _rate(graph: Mapping[str, Any]) -> Fraction:
    asked = next((node["inputs"]["fps"] for node in graph.values() if "fps" in node["inputs"]), 24)
    return Fraction(asked).limit_denominator(1001)


def _seed(graph: Mapping[str, Any]) -> int:
    names = ("seed", "noise_seed")
    return next((int(node["inputs"][name]) for node in graph.values() for name in names if name in node["inputs"]), 0)


def _colours(graph: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the colours that the positive prompt names, each once."""
    found = _COLOUR.findall(_positive_text(graph))
    return tuple(f"#{colour.lower()}" for colour in dict.fromkeys(found))


def _positive_text(graph: Mapping[str, Any]) -> str:
    """Return the text that the sampler's positive input leads back to."""
    links = [node["inputs"]["positive"] for node in graph.values() if isinstance(node["inputs"].get("positive"), list)]
    links += [node["inputs"]["conditioning"] for node in graph.values() if "conditioning" in node["inputs"]]
    seen: set[str] = set()
    while links:
        source = links.pop(0)[0]
        if source in seen:
            continue
        seen.add(source)
        inputs = graph[source]["inputs"]
        for name in ("text", "prompt"):
            if isinstance(inputs.get(name), str):
                return str(inputs[name])
        links += [inputs[name] for name in ("positive", "conditioning") if isinstance(inputs.get(name), list)]
    return ""


def blackened(body: bytes) -> bytes:
    """Return a clip of the same size, length and rate that is black."""
    made = io.BytesIO()
    with av.open(io.BytesIO(body), "r") as source, av.open(made, "w", format="mp4") as container:
        first = source.streams.video[0]
        stream = container.add_stream("libx264", rate=first.average_rate or Fraction(24))
        stream.width, stream.height, stream.pix_fmt = first.width, first.height, "yuv420p"
        for frame in source.decode(video=0):
            black = np.zeros((frame.height, frame.width, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(black, format="rgb24")))
        container.mux(stream.encode())
    return made.getvalue()
