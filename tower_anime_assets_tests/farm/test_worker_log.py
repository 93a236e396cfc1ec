"""A worker's terminal shows what went wrong, and the record has everything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
import dagster as dg
from tower_anime_assets.defs.farm.worker_log import print_warnings_only

@dg.op
def speak(context) -> None:
    context.log.info("said in passing")
    context.log.warning("said in earnest")

@dg.job(executor_def=dg.in_process_executor)
def talk() -> None:
    speak()

if __name__ == "__main__":
    print_warnings_only()
    with dg.DagsterInstance.local_temp(sys.argv[1]) as instance:
        with dg.execute_job(dg.reconstructable(talk), instance) as result:
            messages = [entry.user_message for entry in instance.all_logs(result.run_id)]
        print([words for words in messages if words.startswith("said")])
"""


def test_a_worker_prints_warnings_only_and_everything_is_on_record(tmp_path: Path) -> None:
    script = tmp_path / "talk.py"
    script.write_text(SCRIPT)
    done = subprocess.run([sys.executable, script, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['said in passing', 'said in earnest']"
    assert "said in earnest" in done.stderr
    assert "said in passing" not in done.stderr
    assert "STEP_START" not in done.stderr
