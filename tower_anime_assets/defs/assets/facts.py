"""The memory of facts: what the writers' files say of characters, places, style, models and scenes, in the database."""

import dagster as dg

from tower_anime_assets.defs.assets.story import characters
from tower_anime_assets.defs.automation import WHEN_READY
from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.defs.mirror import SCREENPLAYS
from tower_anime_assets.production.digest import digest
from tower_anime_assets.stages import memory
from tower_anime_assets.stages.studio import Studio

FACTS_VERSION = "1"


@dg.asset(
    automation_condition=WHEN_READY,
    deps=[characters, SCREENPLAYS],
    group_name="story",
    kinds={"yaml", "fountain", "postgres"},
    owners=["team:writers"],
    code_version=FACTS_VERSION,
    tags={"stage": "story"},
)
def facts(studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """What the files of every project say, as facts that the director and other programs recall.

    A fact that changed supersedes the old one; one that no file says any longer is marked as ended. Nothing is deleted.
    """
    with as_failure():
        read = memory.read_files(studio)
    rows = [
        dg.TableRecord(
            {
                "project": each.project,
                "said": each.statements,
                "stored": each.counts.stored,
                "known": each.counts.known,
                "superseded": each.counts.superseded,
                "overruled": each.counts.overruled,
                "ended": each.counts.ended,
                "embedded": each.embedded,
            }
        )
        for each in read
    ]
    version = digest([each.digest for each in read])
    return dg.MaterializeResult(
        metadata={
            "facts": sum(each.statements for each in read),
            "stored": sum(each.counts.stored for each in read),
            "ended": sum(each.counts.ended for each in read),
            "projects": dg.MetadataValue.table(rows, schema=_schema()),
            "digest": version,
        },
        data_version=dg.DataVersion(version),
    )


def _schema() -> dg.TableSchema:
    columns = {
        "said": "what the files say, in facts",
        "stored": "new on record now",
        "known": "on record already",
        "superseded": "of what was on record, replaced by what the files say now",
        "overruled": "kept, but a surer source says otherwise",
        "ended": "said before, and no longer",
        "embedded": "made searchable by meaning now",
    }
    numbers = [dg.TableColumn(name, "int", says) for name, says in columns.items()]
    return dg.TableSchema([dg.TableColumn("project", "string", "project"), *numbers])
