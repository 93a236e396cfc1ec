"""Facts about a show: how they are worded, extracted, searched and ranked."""
