"""The audit record in PostgreSQL: one module per noun, each the only caller of its file in `sql/queries`.

Every function that takes a `Database` raises `ServiceUnavailableError` if the server does not answer in time, and
`PlanError` if a guard or constraint of the record refuses a row. Writing the same thing twice changes nothing.
"""
