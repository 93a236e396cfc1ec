"""Any answer is a server's history or queue: it is read, or refused as a broken protocol."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.clients.comfyui_jobs import Job, Queue, describe_node_errors, parse_history_entry, parse_queue
from tower_anime_assets_tests.fuzz.fuzzing import as_json, fuzzed, json_values, junk, with_junk

pytestmark = pytest.mark.chaos

_FILES = st.fixed_dictionaries(
    {"filename": with_junk(st.sampled_from(["a.png", "../../etc/passwd", "a.mp4", "", "\x00", "a" * 5000]), 8)},
    optional={"subfolder": with_junk(st.just("x"), 6), "type": with_junk(st.sampled_from(["output", "temp"]), 6)},
)
_OUTPUTS = st.dictionaries(
    st.sampled_from(["1", "9", "12:3"]),
    with_junk(
        st.dictionaries(
            st.sampled_from(["images", "gifs", "videos", "animated", "text"]),
            with_junk(st.lists(with_junk(_FILES, 10), max_size=3), 10),
            max_size=3,
        ),
        12,
    ),
    max_size=3,
)
_EVENTS = st.sampled_from(
    ["execution_start", "execution_cached", "execution_success", "execution_error"]
) | st.sampled_from(["execution_interrupted", "x"])
_DETAILS = st.dictionaries(
    st.sampled_from(["timestamp", "nodes", "exception_type", "exception_message", "node_id", "node_type"]),
    with_junk(st.sampled_from([1_700_000_000_000, -1, 1e300, "out of memory", ["9", {}], "a" * 5000]), 6),
    max_size=4,
)
_MESSAGES = st.lists(with_junk(st.tuples(_EVENTS, with_junk(_DETAILS, 12)).map(list), 12), max_size=5)
_ENTRIES = st.fixed_dictionaries(
    {
        "outputs": with_junk(_OUTPUTS, 14),
        "status": with_junk(
            st.fixed_dictionaries(
                {"status_str": with_junk(st.sampled_from(["success", "error"]), 12)},
                optional={"messages": with_junk(_MESSAGES, 14)},
            ),
            14,
        ),
    },
    optional={"prompt": with_junk(st.lists(json_values, max_size=5), 8)},
)


@given(with_junk(_ENTRIES, 20))
@fuzzed
def test_any_history_entry_is_a_job_or_a_broken_protocol(raw: Any) -> None:
    entry = json.loads(as_json(raw))
    try:
        job = parse_history_entry("a", entry)
    except ValueError:
        return
    assert isinstance(job, Job)
    assert job.state.is_over
    assert job == parse_history_entry("a", entry)
    assert job.failure is None or len(job.failure.message) <= 2000


@given(
    with_junk(
        st.fixed_dictionaries(
            {
                key: with_junk(
                    st.lists(with_junk(st.tuples(st.integers(), junk, st.just({})).map(list), 8), max_size=3), 10
                )
                for key in ("queue_running", "queue_pending")
            }
        ),
        12,
    )
)
@fuzzed
def test_any_queue_is_read_or_a_broken_protocol(raw: Any) -> None:
    body = json.loads(as_json(raw))
    try:
        assert isinstance(parse_queue(body), Queue)
    except ValueError:
        return


@given(st.dictionaries(st.sampled_from(["error", "node_errors"]), json_values))
@fuzzed
def test_any_refusal_of_a_prompt_can_be_told(body: dict[str, Any]) -> None:
    assert isinstance(describe_node_errors(body), str)
