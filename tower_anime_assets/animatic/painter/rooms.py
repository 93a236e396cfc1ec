"""The kinds of rooms there are, and how one is built."""

from __future__ import annotations

from tower_anime_assets.animatic.painter import furniture, halls, household, premises
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
    "spaceship": Room(
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
    "kitchen": Room(
        4.0, 3.6, 2.7, "#e6d9c0", "#b98a60", "#efe8da", "#7fa08a", "panes", "pendants", "#ffe2b0", "tiles",
        (household.kitchen_units, household.stove, household.fridge, household.kitchen_table),
    ),
    "bathroom": Room(
        2.9, 3.0, 2.6, "#cfe2e6", "#a9bcc2", "#e8f0f2", "#7fb8c8", "none", "strips", "#f4fcff", "tiles",
        (household.bathroom_fittings,),
    ),
    "bedroom": Room(
        3.9, 3.7, 2.7, "#c2b6cc", "#9a7458", "#dcd4de", "#b06a86", "panes", "none", "#ffe0b0", "plain",
        (household.double_bed, household.wardrobe, furniture.posters),
    ),
    "tatami room": Room(
        3.8, 3.6, 2.6, "#cdbb94", "#a89a68", "#8a6f50", "#8a5f3c", "none", "none", "#ffe8b8", "plain",
        (household.tatami, household.paper_screens, household.alcove, household.ceiling_beams, household.low_table),
    ),
    "cabin": Room(
        3.9, 3.6, 2.7, "#9c7048", "#7a5638", "#6a4a30", "#b85a3c", "panes", "none", "#ffd8a0", "boards",
        (household.fireplace, household.cabin_things, household.ceiling_beams),
    ),
    "temple hall": Room(
        5.2, 5.0, 4.2, "#6a4434", "#6f4a34", "#4a3028", "#c8902c", "none", "none", "#ffd890", "boards",
        (halls.buddha, halls.temple_columns, halls.hanging_lanterns),
    ),
    "throne room": Room(
        5.6, 6.0, 5.0, "#8d8a92", "#6f6c74", "#5c5a64", "#d8a83c", "none", "none", "#ffd890", "stones",
        (halls.throne, halls.banners, halls.stone_columns),
    ),
    "church": Room(
        5.0, 6.0, 5.0, "#b8b0a8", "#8a8078", "#9a928c", "#d8a83c", "none", "none", "#ffe8b8", "stones",
        (halls.stained_glass, halls.altar, halls.pews),
    ),
    "theatre": Room(
        5.2, 5.6, 4.6, "#5a3038", "#3c2a30", "#2c2026", "#d8a83c", "none", "none", "#ffe8b8", "plain",
        (halls.stage_with_curtains, halls.seat_rows),
    ),
    "dojo": Room(
        5.0, 4.2, 3.4, "#d2bd92", "#b08450", "#7a5c3c", "#8a5f3c", "slits", "none", "#fff0cc", "boards",
        (halls.weapon_rack, household.ceiling_beams),
    ),
    "gym": Room(
        6.0, 5.4, 5.4, "#c8c4b8", "#c89a60", "#8a929a", "#3f7fc0", "slits", "tubes", "#ffffff", "plain",
        (halls.court,),
    ),
    "bath house": Room(
        4.6, 4.6, 3.6, "#d8e4e0", "#9fb4b4", "#c8d4d0", "#4fa8b8", "none", "tubes", "#fff8e8", "tiles",
        (halls.pool_of_hot_water,),
    ),
    "museum": Room(
        5.6, 4.8, 3.8, "#ded8d0", "#a8875f", "#eeeae4", "#b89048", "none", "strips", "#fff8ea", "plain",
        (halls.exhibits,),
    ),
    "library": Room(
        4.8, 4.4, 3.4, "#8a6a4c", "#7a5638", "#c8b8a0", "#3f9a6a", "none", "pendants", "#ffe0a8", "plain",
        (halls.bookcases, halls.reading_tables),
    ),
    "shop": Room(
        4.2, 3.8, 3.0, "#f0e4cc", "#c8b08c", "#f4eee0", "#e0704c", "none", "tubes", "#fff8e0", "plain",
        (premises.goods, premises.till),
    ),
    "restaurant": Room(
        5.0, 4.6, 3.0, "#c9a684", "#7a4f38", "#e4d4bc", "#c84a3c", "panorama", "pendants", "#ffd890", "plain",
        (premises.dining_tables, furniture.plants),
    ),
    "tavern": Room(
        4.8, 4.4, 3.0, "#7a5638", "#5f4430", "#4c3424", "#c88a3c", "none", "none", "#ffc878", "boards",
        (household.fireplace, premises.ale_bar, premises.round_tables, premises.chandelier, household.ceiling_beams),
    ),
    "cellar": Room(
        4.2, 4.0, 2.6, "#6f6a68", "#5a5450", "#4c4846", "#c8a060", "none", "none", "#ffe0a0", "stones",
        (premises.casks, premises.cobwebs),
    ),
    "prison": Room(
        3.2, 3.4, 2.8, "#70757a", "#5a5e62", "#55595e", "#a8b0b8", "none", "none", "#e8f0f4", "stones",
        (premises.cell_bars,),
    ),
    "barn": Room(
        5.0, 4.8, 4.4, "#8f5f40", "#a88a58", "#5f4430", "#d8b458", "none", "none", "#ffe0a0", "boards",
        (premises.hay_and_stalls,),
    ),
    "ship cabin": Room(
        3.6, 3.4, 2.5, "#8f6844", "#6f4c32", "#5f4430", "#c8a048", "none", "none", "#ffd890", "boards",
        (premises.cabin_of_a_ship, household.ceiling_beams),
    ),
    "car": Room(
        1.25,
        2.0,
        1.9,
        "#a8a09a",
        "#5a5458",
        "#c4beb8",
        "#8a929c",
        "panorama",
        "none",
        "#ffffff",
        "plain",
        (premises.car_seats,),
    ),
    "plane": Room(
        1.9, 9.0, 2.25, "#e4e8ec", "#5a6478", "#eef1f4", "#3f6096", "none", "strips", "#f4fbff", "plain",
        (premises.plane_seats,),
    ),
    "elevator": Room(
        1.35, 1.7, 2.6, "#98a2ac", "#5c646e", "#c4ccd4", "#ff7a3c", "none", "strips", "#f4fbff", "panels",
        (premises.lift_doors,),
    ),
    "neutral room": Room(
        4.8, 4.6, 3.0, "#a9acb4", "#8c8f98", "#bcbfc6", "#9a9da6", "none", "strips", "#f2f4f8", "plain",
        (premises.soft_blocks,),
    ),
}  # fmt: skip
"""Rooms by kind; "neutral room" is drawn for a place that no table knows."""


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
