"""`tower media`: moves the media to a bucket or back, compares them with the record, removes what nothing needs."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

from tower_anime_assets.cli.output import add_json_option, print_error, print_exactly, print_json, print_note
from tower_anime_assets.errors import EXIT_SERVICE, PlanError, list_some
from tower_anime_assets.settings import Settings

if TYPE_CHECKING:
    from tower_anime_assets.stages.studio import Studio

HELP = "media in a folder or bucket: copy, verify, gc, adopt, sign"

_GRACE_DAYS = 14


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower media`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    copy = actions.add_parser("copy", help="copy every file that the other store lacks, and the mark of the store")
    copy.add_argument("source", help="a folder, or s3://BUCKET/PREFIX")
    copy.add_argument("target", help="likewise")
    verify = actions.add_parser("verify", help="whether every file that the record needs is there, and undamaged")
    verify.add_argument("--quick", action="store_true", help="look for missing files only; read none")
    gc = actions.add_parser("gc", help="list files that nothing on record needs; with --delete, remove them")
    gc.add_argument("--delete", action="store_true", help="remove them")
    gc.add_argument(
        "--grace-days",
        type=float,
        default=_GRACE_DAYS,
        help=f"how old they must be, at least 2 (default {_GRACE_DAYS})",
    )
    adopt = actions.add_parser("adopt", help="make the store that is set now the record's, where the former is gone")
    adopt.add_argument("--why", required=True, help="why; it is kept on record")
    sign = actions.add_parser("sign", help="print an address at which a file of the bucket can be read for a while")
    sign.add_argument("path", help="such as ab/ab12....png, as `tower audit --json` names it")
    sign.add_argument("--seconds", type=int, default=3_600, help="how long the address is valid (default 3600)")
    for action in (copy, verify, gc, adopt):
        add_json_option(action)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do the action, and say what came of it."""
    if arguments.action == "copy":
        return _copy(arguments, settings)
    if arguments.action == "sign":
        return _sign(arguments, settings)
    from tower_anime_assets.stages.opening import open_studio

    with open_studio(settings) as studio:
        return {"adopt": _adopt, "verify": _verify, "gc": _collect_garbage}[arguments.action](arguments, studio)


def _adopt(arguments: argparse.Namespace, studio: Studio) -> int:
    from tower_anime_assets.stages.media_identity import adopt_media

    recorded = adopt_media(studio.settings, studio.database, studio.media, arguments.why)
    if arguments.json:
        print_json(asdict(recorded))
    else:
        print(f"the media of this record are in {recorded.address} now (mark {recorded.store_id[:8]})")
    return 0


def _verify(arguments: argparse.Namespace, studio: Studio) -> int:
    from tower_anime_assets.stages.media_upkeep import verify_store

    report = verify_store(studio, print_note, is_quick=arguments.quick)
    for words in list_some(report.lost):
        print_error(words)
    if arguments.json:
        print_json({"store": studio.media.address, **asdict(report)})
    else:
        print(f"{studio.media.address}: {report.files:,} files on record, {len(report.lost):,} of them lost")
    return EXIT_SERVICE if report.lost else 0


def _collect_garbage(arguments: argparse.Namespace, studio: Studio) -> int:
    from tower_anime_assets.stages.media_upkeep import collect_garbage

    grace = timedelta(days=arguments.grace_days)
    report = collect_garbage(studio, print_note, grace, removes=arguments.delete)
    if arguments.json:
        print_json({"store": studio.media.address, **asdict(report)})
        return 0
    for path in list_some(report.garbage):
        print(path)
    done = f"{report.removed:,} removed" if arguments.delete else "nothing removed; --delete removes them"
    print(
        f"{studio.media.address}: nothing on record needs {len(report.garbage):,} of {report.files:,} files, "
        f"{report.garbage_bytes / 1e9:.2f} GB: {done}. {report.young:,} more are younger than the grace time"
    )
    return 0


def _copy(arguments: argparse.Namespace, settings: Settings) -> int:
    from tower_anime_assets.media.stores import open_store_at
    from tower_anime_assets.stages.media_upkeep import copy_store

    source, target = open_store_at(arguments.source, settings), open_store_at(arguments.target, settings)
    report = copy_store(source, target, print_note)
    for words in list_some(report.damaged):
        print_error(f"not copied: {words}")
    if arguments.json:
        print_json({"source": source.address, "target": target.address, **asdict(report)})
    else:
        gigabytes = report.copied_bytes / 1e9
        print(f"{target.address}: {report.copied:,} of {report.files:,} files copied, {gigabytes:.2f} GB")
        print_note(
            "What was made meanwhile is copied if you run this again. Then set TOWER_MEDIA_URL, or unset it, on every "
            "machine; the copies that were made from are left as they are."
        )
    return EXIT_SERVICE if report.damaged else 0


def _sign(arguments: argparse.Namespace, settings: Settings) -> int:
    from tower_anime_assets.media.bucket_store import BucketStore
    from tower_anime_assets.media.stores import open_media

    media = open_media(settings)
    if not isinstance(media, BucketStore):
        raise PlanError(f"{media.address} is a folder: only files of a bucket have signed addresses")
    if not 1 <= arguments.seconds <= 604_800:
        raise PlanError(f"--seconds is {arguments.seconds}; expected 1 to 604800, which is a week")
    if media.find_file(arguments.path) is None:
        raise PlanError(f"{media.address} has no {arguments.path}; `tower audit KEY --json` names files")
    print_exactly(media.bucket.sign(arguments.path, arguments.seconds))
    return 0
