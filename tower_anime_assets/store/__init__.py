"""PostgreSQL: the audit record. One module per noun, each the one caller of its `sql/queries` file."""
