"""The API below /api: one router for each noun, which only translates between JSON and the functions of `stages`.

`app` puts the routers together, `context` has what they depend on, `problems` turns errors into answers, `paging` and
`versions` are what lists and edited things have in common, `idempotency` carries a repeated request out once.
A router's models are in its own module.
"""
