"""When an asset is made by itself: as soon as what it builds on is new and has passed its gates."""

import dagster as dg

WHEN_READY = dg.AutomationCondition.eager() & dg.AutomationCondition.all_deps_blocking_checks_passed()

keep_up_to_date = dg.AutomationConditionSensorDefinition(
    "keep_up_to_date",
    target=dg.AssetSelection.all(),
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Makes what is out of date as soon as the gates before it have passed. Off until switched on.",
)
