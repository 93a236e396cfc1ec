"""Automation: an asset is made as soon as its inputs are new and have passed their gates."""

import dagster as dg

WHEN_READY = dg.AutomationCondition.eager() & dg.AutomationCondition.all_deps_blocking_checks_passed()

keep_up_to_date = dg.AutomationConditionSensorDefinition(
    "keep_up_to_date",
    target=dg.AssetSelection.all(),
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Makes whatever is out of date as soon as its inputs have passed their gates. Off until switched on.",
)
