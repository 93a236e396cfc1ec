"""The map of model files in a show's and a studio's YAML, and how an entry is written into it."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.model_map import MappedFile
from tower_anime_assets.production.story.model_map_edit import with_mapped_file
from tower_anime_assets.production.story.show_file import draft_project
from tower_anime_assets.production.story.source import SourceFile


def read(models: str) -> tuple[tuple[MappedFile, ...], list[str]]:
    draft = draft_project("p", SourceFile("p/project.yaml", f"title: T\nmodels:\n{models}"), {})
    return draft.project.models, [str(fault) for fault in draft.faults]


def test_a_project_s_map_is_read_with_the_line_of_each_entry() -> None:
    entries, faults = read("  t5xxl_fp16.safetensors: t5/t5_fp8.safetensors\n\n  wan/ckpt.inputs.name: x\\y.gguf\n")
    assert not faults
    assert [(entry.wanted, entry.file, str(entry)) for entry in entries] == [
        ("t5xxl_fp16.safetensors", "t5/t5_fp8.safetensors", "p/project.yaml:3"),
        ("wan/ckpt.inputs.name", "x\\y.gguf", "p/project.yaml:5"),
    ]
    assert [entry.workflow_place for entry in entries] == [None, ("wan", "ckpt.inputs.name")]


@pytest.mark.parametrize(
    ("models", "line", "said"),
    [
        ("  a.pt: ../b.pt\n", 3, "'../b.pt' leads out of the server's folders"),
        ("  ok.pt: fine.pt\n  /etc/passwd: b.pt\n", 4, "'/etc/passwd' leads out"),
        ("  a.pt: C:\\b.pt\n", 3, "leads out"),
        ("  a.pt: [b.pt]\n", 3, "a value is a list"),
        ("  a.pt:\n", 3, "a value is empty"),
        ("  a.pt: true\n", 3, "a value is 'true'"),
        ("  x/a.pt: b.pt\n  X\\A.pt: c.pt\n", 4, "is written twice, first on line 3"),
        ("  - a.pt\n", 2, "models is a list"),
    ],
)
def test_what_is_wrong_with_a_map_is_said_on_its_line(models: str, line: int, said: str) -> None:
    _, (fault,) = read(models)
    assert fault.startswith(f"p/project.yaml:{line}: models")
    assert said in fault


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "models:\n  a.pt: b.pt\n"),
        ("# mine\ntitle: T  # a show\n", "# mine\ntitle: T  # a show\nmodels:\n  a.pt: b.pt\n"),
        ("models:\ntitle: T\n", "models:\n  a.pt: b.pt\ntitle: T\n"),
        (
            "models:\n    # why\n    c.pt: d.pt  # because\ntitle: T\n",
            "models:\n    # why\n    c.pt: d.pt  # because\n    a.pt: b.pt\ntitle: T\n",
        ),
        ("models:\n  A.pt: 'x.pt'  # because\n", "models:\n  A.pt: 'b.pt'  # because\n"),
        ("models: {c.pt: d.pt}\n", "models: {c.pt: d.pt, a.pt: b.pt}\n"),
        ("models: {}\n", "models: {a.pt: b.pt}\n"),
        ("{title: T}\n", "{title: T, models: {a.pt: b.pt}}\n"),
    ],
)
def test_an_entry_is_written_and_everything_else_stays(before: str, after: str) -> None:
    assert with_mapped_file(before, "a.pt", "b.pt") == after
    assert with_mapped_file(after, "a.pt", "b.pt") == after


@pytest.mark.parametrize("text", ["- a\n", "models: [a]\n", "title: [\n"])
def test_a_layout_that_takes_no_entry_is_refused(text: str) -> None:
    with pytest.raises(PlanError):
        with_mapped_file(text, "a.pt", "b.pt")


_NAME = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=20).filter(
    lambda name: name == name.strip() and name.isprintable()
)


@given(st.dictionaries(_NAME, _NAME, max_size=3), _NAME, _NAME)
def test_any_names_can_be_written(held: dict[str, str], wanted: str, file: str) -> None:
    folded = [name.casefold().replace("\\", "/") for name in (*held, wanted)]
    if len(set(folded)) < len(folded):
        return
    text = "title: T # c\n" + yaml.safe_dump({"models": held}, allow_unicode=True) if held else ""
    loaded = yaml.safe_load(with_mapped_file(text, wanted, file))
    assert loaded["models"] == {**held, wanted: file}
