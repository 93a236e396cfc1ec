"""The kinds of rooms there are, and how one is built."""

from __future__ import annotations

from tower_anime_assets.animatic.painter import furniture
from tower_anime_assets.animatic.painter.interior import Interior, Room
from tower_anime_assets.animatic.painter.light import Light
from tower_anime_assets.animatic.painter.set_builder import Camera, SetBuilder

ROOMS: dict[str, Room] = {
    "lab": Room(
        5.2, 4.6, 3.3, "#8fa3b8", "#5d6f86", "#6d7f96", "#37e0d0", "slits", "strips", "#bff4ff", "panels",
        (furniture.screens, furniture.bench, furniture.tanks, furniture.rack),
    ),
    "office": Room(
        6.5, 5.0, 3.4, "#8a7f84", "#4a4450", "#6a6270", "#c9a227", "panorama", "strips", "#fff0d0", "panels",
        (furniture.table, furniture.plants, furniture.art),
    ),
    "corridor": Room(
        1.9, 14.0, 2.9, "#7f8aa3", "#4d566e", "#626d88", "#3fd0ff", "none", "strips", "#d8f0ff", "panels",
        (furniture.doors, furniture.pipes),
    ),
    "garage": Room(
        5.5, 5.0, 4.0, "#7c6a60", "#55504f", "#4a4446", "#ff9a3d", "slits", "tubes", "#ffe9c4", "bricks",
        (furniture.shelves, furniture.motorbike, furniture.tools, furniture.barrels),
    ),
    "apartment": Room(
        4.2, 3.8, 2.7, "#b9a394", "#8a6446", "#cdbfb2", "#e0785a", "panes", "pendants", "#ffdca8", "plain",
        (furniture.bed, furniture.shelves, furniture.desk, furniture.posters, furniture.plants),
    ),
    "bar": Room(
        4.8, 4.4, 3.0, "#6b4050", "#3d2a30", "#38242c", "#ff4f9a", "slits", "pendants", "#ffc27a", "bricks",
        (furniture.counter, furniture.bottles, furniture.stools, furniture.signs),
    ),
    "server": Room(
        4.2, 8.0, 3.2, "#3d4a66", "#2e3850", "#2a3348", "#36c8ff", "none", "strips", "#9fe0ff", "panels",
        (furniture.racks,),
    ),
    "ship": Room(
        4.6, 5.2, 2.9, "#6f7c92", "#444d60", "#4e586c", "#5fe0ff", "panorama", "strips", "#bfe8ff", "panels",
        (furniture.consoles, furniture.screens),
    ),
    "warehouse": Room(
        8.0, 9.0, 6.0, "#6e7478", "#585a5c", "#4d5256", "#f0b030", "slits", "tubes", "#fff1cf", "panels",
        (furniture.crates, furniture.barrels, furniture.beams),
    ),
    "hospital": Room(
        4.6, 4.2, 2.8, "#b9cfd0", "#9fb6ba", "#d3e0e0", "#58b8b0", "panes", "strips", "#f2ffff", "plain",
        (furniture.bed, furniture.monitor, furniture.curtain),
    ),
    "school": Room(
        5.0, 4.8, 3.1, "#cdbf9f", "#a9804f", "#e0d8c4", "#4f7f5f", "panes", "tubes", "#fffbe8", "plain",
        (furniture.board, furniture.desks),
    ),
    "train": Room(
        1.6, 9.0, 2.4, "#aab4bd", "#5e666f", "#c9d0d6", "#3fae6a", "panes", "strips", "#f4fbff", "plain",
        (furniture.seats, furniture.straps),
    ),
    "station": Room(
        6.0, 14.0, 4.2, "#8d97a2", "#767d86", "#6c747e", "#ffb020", "slits", "tubes", "#f0f8ff", "panels",
        (furniture.pillars, furniture.benches, furniture.signs),
    ),
    "room": Room(
        4.6, 4.4, 2.9, "#9a93a6", "#6d5f66", "#b3adbb", "#e08a5a", "panes", "pendants", "#ffe4bc", "plain",
        (furniture.shelves, furniture.table, furniture.art, furniture.plants),
    ),
}  # fmt: skip
"""Rooms by kind."""


def build_room(camera: Camera, light: Light, size_px: tuple[int, int], kind: str, seed: int) -> SetBuilder:
    """Return the furnished set of a room of this kind (a key of `ROOMS`); the seed decides its details."""
    builder = Interior(camera, light, size_px, ROOMS[kind], seed)
    builder.add_shell()
    for furnish in builder.room.furniture:
        furnish(builder)
    return builder


def has_windows(kind: str) -> bool:
    """Return whether a room has windows, through which sky and horizon are seen."""
    return ROOMS[kind].windows != "none"
