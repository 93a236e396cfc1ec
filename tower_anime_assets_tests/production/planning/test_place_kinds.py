"""Which kind of place a heading names: whole words decide, the head of a phrase before all others."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.production.planning.place_kinds import EXTERIOR_KINDS, INTERIOR_KINDS, place_kind

INSIDE, OUTSIDE = True, False


@pytest.mark.parametrize(
    ("place", "interior", "kind"),
    [
        # one word
        ("KITCHEN", INSIDE, "kitchen"),
        ("TEMPLE", INSIDE, "temple hall"),
        ("TEMPLE", OUTSIDE, "temple"),
        ("VILLAGE", OUTSIDE, "village"),
        ("CASTLE", INSIDE, "throne room"),
        ("CASTLE", OUTSIDE, "castle"),
        ("RUINS", OUTSIDE, "ruins"),
        ("FARM", OUTSIDE, "farm"),
        ("BARN", INSIDE, "barn"),
        ("SHIP", INSIDE, "ship cabin"),
        ("SHIP", OUTSIDE, "ship deck"),
        ("SPACESHIP", INSIDE, "spaceship"),
        ("CAVE", INSIDE, "cave"),
        ("LIGHTHOUSE", OUTSIDE, "beach"),
        ("LIGHTHOUSE", INSIDE, None),
        ("LEUCHTTURM", INSIDE, None),
        ("CAVES", OUTSIDE, "cave"),
        ("SKY", OUTSIDE, "sky"),
        ("UNDERWATER", OUTSIDE, "underwater"),
        ("TRAIN", INSIDE, "train"),
        ("TRAIN", OUTSIDE, "railway"),
        ("HOSPITAL", INSIDE, "hospital"),
        ("HOSPITAL", OUTSIDE, "hospital front"),
        ("SHOP", INSIDE, "shop"),
        ("SHOP", OUTSIDE, "shop front"),
        ("Library", INSIDE, "library"),
        ("LIBRARIES", INSIDE, "library"),
        ("CAFÉ", INSIDE, "restaurant"),
        ("INN", INSIDE, "tavern"),
        ("CHURCH", OUTSIDE, "church front"),
        ("DOJO", INSIDE, "dojo"),
        ("CAR", INSIDE, "car"),
        ("ELEVATOR", INSIDE, "elevator"),
        ("HARBOR", OUTSIDE, "harbour"),
        ("LAKE", OUTSIDE, "lake"),
        ("BRIDGE", OUTSIDE, "bridge"),
        ("BRIDGE", INSIDE, "spaceship"),
        ("GRAVEYARD", OUTSIDE, "graveyard"),
        ("RIVERBANK", OUTSIDE, "river"),
        ("CAMPSITE", OUTSIDE, "camp"),
        ("ROOM", INSIDE, "room"),
        ("HOUSE", OUTSIDE, "house"),
        ("FOREST", INSIDE, "forest"),
        # the head of a phrase decides
        ("KITCHEN OF THE CASTLE", INSIDE, "kitchen"),
        ("THE CASTLE'S KITCHEN", INSIDE, "kitchen"),
        ("TEMPLE HALL", INSIDE, "temple hall"),
        ("CASTLE RUINS", OUTSIDE, "ruins"),
        ("RUINED TEMPLE", OUTSIDE, "ruins"),
        ("CASTLE STREET", OUTSIDE, "street"),
        ("FOREST TEMPLE", OUTSIDE, "temple"),
        ("TEMPLE GARDEN", OUTSIDE, "park"),
        ("VILLAGE CHURCH", INSIDE, "church"),
        ("VILLAGE SQUARE", OUTSIDE, "village"),
        ("VILLAGE HALL", INSIDE, "theatre"),
        ("HOSPITAL CORRIDOR", INSIDE, "corridor"),
        ("HOSPITAL ROOM 12", INSIDE, "hospital"),
        ("TRAIN STATION", INSIDE, "station"),
        ("SPACE STATION", INSIDE, "spaceship"),
        ("POLICE STATION", INSIDE, "office"),
        ("KYOTO STATION", INSIDE, "station"),
        ("OLD STONE BRIDGE", OUTSIDE, "bridge"),
        ("ALLEY BEHIND THE GARAGE", OUTSIDE, "alley"),
        ("STREET OUTSIDE THE HOSPITAL", OUTSIDE, "street"),
        ("NIGHT MARKET", OUTSIDE, "market"),
        ("STREET MARKET", OUTSIDE, "market"),
        ("HER BEDROOM", INSIDE, "bedroom"),
        ("LUNA'S ROOM", INSIDE, "room"),
        ("CAPTAIN'S CABIN", INSIDE, "ship cabin"),
        ("MEN’S ROOM", INSIDE, "bathroom"),
        ("CELL B", INSIDE, "prison"),
        ("ROOM 237", INSIDE, "room"),
        ("SMITH HOUSE", INSIDE, "room"),
        ("BOILER-ROOM", INSIDE, "cellar"),
        # a part of a place, and where somebody is
        ("OUTSIDE THE CASTLE", OUTSIDE, "castle"),
        ("EDGE OF THE FOREST", OUTSIDE, "forest"),
        ("CAVE ENTRANCE", OUTSIDE, "cave"),
        ("SCHOOL GROUNDS", OUTSIDE, "building"),
        ("ON THE ROOF", OUTSIDE, "rooftop"),
        ("IN THE WOODS", OUTSIDE, "forest"),
        ("UNDER THE SEA", OUTSIDE, "underwater"),
        ("BACK ROOM OF THE BAR", INSIDE, "bar"),
        ("BOTTOM OF THE LAKE", OUTSIDE, "lake"),
        # several parts: the narrowest, then the last
        ("MARS BASE - CORRIDOR", INSIDE, "corridor"),
        ("NEXUS TOWER - VIKTOR'S OFFICE", INSIDE, "office"),
        ("HOUSE, KITCHEN", INSIDE, "kitchen"),
        ("KITCHEN, ADA'S HOUSE", INSIDE, "kitchen"),
        ("HOSPITAL – ROOM 4", INSIDE, "hospital"),
        ("TEMPLE HALL - KYOTO", INSIDE, "temple hall"),
        ("SHIP - DECK", OUTSIDE, "ship deck"),
        ("CAR / STREET", INSIDE, "car"),
        ("CAR / STREET", OUTSIDE, "street"),
        ("BAR (BACK ROOM)", INSIDE, "bar"),
        # what only looks like a known word
        ("BATHHOUSE", INSIDE, "bath house"),
        ("SHIPPING OFFICE", INSIDE, "office"),
        ("FARMACY", INSIDE, None),
        ("SKYSCRAPER", OUTSIDE, "building"),
        ("SKYSCRAPER", INSIDE, "office"),
        ("TRAINING ROOM", INSIDE, "gym"),
        ("SHOPPING MALL", INSIDE, "shop"),
        ("HOSPITALITY SUITE", INSIDE, "apartment"),
        ("CAVEMAN'S HUT", INSIDE, "cabin"),
        ("PARKING LOT", OUTSIDE, "street"),
        ("SEASON FINALE", INSIDE, None),
        ("CARNIVAL", OUTSIDE, None),
        ("BARGE", OUTSIDE, "ship deck"),
        ("FARMHOUSE", INSIDE, "cabin"),
        ("LABYRINTH", OUTSIDE, None),
        ("CLASSIFIED", INSIDE, None),
        ("HALLOWEEN TOWN", OUTSIDE, "village"),
        ("WARDROBE", INSIDE, None),
        ("STREETCAR", INSIDE, "train"),
        ("CAMPUS", INSIDE, "school"),
        ("POOLROOM", INSIDE, None),
        ("PUBLISHER", INSIDE, None),
        ("MARKETING DEPARTMENT", INSIDE, None),
        ("ROOMBA FACTORY", INSIDE, "warehouse"),
        ("TREE HOUSE", INSIDE, None),
        ("GAS STATION", OUTSIDE, None),
        ("MIRROR ROOM", INSIDE, None),
        ("GANG HIDEOUT", INSIDE, None),
        ("BAD PLACE", OUTSIDE, None),
        ("SAN FRANCISCO", OUTSIDE, None),
        ("A", INSIDE, None),
        ("", INSIDE, None),
        ("KITCHEN", OUTSIDE, None),
        # other languages
        ("KÜCHE IM SCHLOSS", INSIDE, "kitchen"),
        ("DAS BAD", INSIDE, "bathroom"),
        ("ALTE BURG", OUTSIDE, "castle"),
        ("AM STRAND", OUTSIDE, "beach"),
        ("LA CUISINE DU CHÂTEAU", INSIDE, "kitchen"),
        ("SALLE DE BAIN", INSIDE, "bathroom"),
        ("ÉGLISE", OUTSIDE, "church front"),
        ("FORÊT SOMBRE", OUTSIDE, "forest"),
        ("IGLESIA VIEJA", INSIDE, "church"),
        ("COCINA DE LA ABUELA", INSIDE, "kitchen"),
        ("MERCADO", OUTSIDE, "market"),
        ("CASTELLO IN ROVINA", OUTSIDE, "castle"),
        ("SPIAGGIA", OUTSIDE, "beach"),
        ("COZINHA", INSIDE, "kitchen"),
        ("PRAÇA", OUTSIDE, "street"),
        ("КУХНЯ ЗАМКА", INSIDE, "kitchen"),
        ("ТЁМНЫЙ ЛЕС", OUTSIDE, "forest"),
        ("НА КРЫШЕ", OUTSIDE, "rooftop"),
        ("台所", INSIDE, "kitchen"),
        ("田中家の台所", INSIDE, "kitchen"),
        ("学校の屋上", OUTSIDE, "rooftop"),
        ("森の中", OUTSIDE, "forest"),
        ("古い神社", OUTSIDE, "shrine"),
        ("病院・廊下", INSIDE, "corridor"),
        ("ガレージ", INSIDE, "garage"),
        ("医院", INSIDE, "hospital"),
        ("城堡的厨房", INSIDE, "kitchen"),
        ("海底", OUTSIDE, "underwater"),
        ("성의 부엌", INSIDE, "kitchen"),
        ("초등학교", INSIDE, "school"),
        ("숲", OUTSIDE, "forest"),
        ("완성", OUTSIDE, None),
    ],
)
def test_whole_words_and_the_head_of_the_phrase_decide_the_kind(place: str, interior: bool, kind: str | None) -> None:
    assert place_kind(place, interior) == kind


@given(st.text(max_size=60), st.booleans())
def test_any_heading_names_a_known_kind_or_none(place: str, interior: bool) -> None:
    assert place_kind(place, interior) in (INTERIOR_KINDS if interior else EXTERIOR_KINDS) | {None}


@pytest.mark.parametrize("word", ["kitchen", "temple", "castle", "village", "cave", "harbour"])
@settings(max_examples=15)
@given(letters=st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=8).filter(lambda text: "s" not in text))
def test_a_word_inside_another_word_never_decides(word: str, letters: str) -> None:
    assert place_kind(letters + word + letters, OUTSIDE) is None


def test_case_accents_and_articles_change_nothing() -> None:
    for place in ("château", "CHATEAU", "Le Château", "the Chateau", "CHÂTEAU 2"):
        assert place_kind(place, OUTSIDE) == "castle"
