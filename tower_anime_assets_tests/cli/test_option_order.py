"""Options may stand before, between and after names, in every command."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import islice, permutations

import pytest

from tower_anime_assets.cli import COMMANDS, main, parse_command_line


def parsers() -> Iterator[tuple[list[str], argparse.ArgumentParser]]:
    """Yield the words that begin each command or action, and its own parser."""
    for name, command in COMMANDS.items():
        parser = argparse.ArgumentParser(name)
        command.add_arguments(parser)
        actions = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
        if not actions:
            yield [name], parser
        for action in actions:
            for word, inner in action.choices.items():
                yield [name, word], inner


def words_of(action: argparse.Action) -> list[list[str]]:
    """Return a value for each name, and an option with its value."""
    value = str(next(iter(action.choices))) if action.choices else "1" if action.type in (int, float) else "word"
    if action.option_strings:
        return [[action.option_strings[-1], *([] if action.nargs == 0 else [value])]]
    count = 2 if action.nargs in ("*", "+") else 1
    return [[value]] * count


@pytest.mark.parametrize(("beginning", "parser"), [pytest.param(*one, id="-".join(one[0])) for one in parsers()])
def test_the_order_of_options_and_names_does_not_matter(beginning: list[str], parser: argparse.ArgumentParser) -> None:
    actions = [one for one in parser._actions if not isinstance(one, argparse._HelpAction)]
    names = [words for one in actions if not one.option_strings for words in words_of(one)]
    options = [words for one in actions if one.option_strings for words in words_of(one)]
    needed = [one for one in actions if one.option_strings and one.required]
    required = [word for one in needed for words in words_of(one) for word in words]
    parsed = []
    for option in options:
        for at in range(len(names) + 1):
            line = [word for group in [*names[:at], option, *names[at:]] for word in group]
            parsed.append((option, vars(parse_command_line([*beginning, *line, *required]))))
    for option in options:
        results = [result for given, result in parsed if given == option]
        assert all(result == results[0] for result in results), option
    for order in islice(permutations(options), 6):
        line = [word for group in [*order[:1], *names, *order[1:]] for word in group]
        last = [word for group in [*names, *order] for word in group]
        assert vars(parse_command_line([*beginning, *line])) == vars(parse_command_line([*beginning, *last]))


@pytest.mark.parametrize(
    "line",
    [
        ["workflows", "--json", "inspect", "ltx_2b_i2v"],
        ["workflows", "inspect", "--project", "nexus", "ltx_2b_i2v", "--json"],
        ["workflows", "--json", "--project", "nexus", "inspect", "ltx_2b_i2v"],
    ],
)
def test_a_command_runs_with_its_options_anywhere(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line) == 0
    assert '"name": "ltx_2b_i2v"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["workflows", "dance"], "invalid choice: 'dance'"),
        (["facts"], "ACTION"),
        (["facts", "--nonsense", "get"], "--nonsense"),
        (["prompt"], "shot"),
        (["nonsense", "--json"], "invalid choice: 'nonsense'"),
        ([], "COMMAND"),
    ],
)
def test_a_wrong_line_is_told_with_its_usage(line: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line) == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert "usage: tower" in printed
