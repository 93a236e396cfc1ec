"""What GraphQL documents are about to do, read with the parser by which Dagster carries them out."""

from __future__ import annotations

import json
from typing import Any

from tower_anime_assets.web.request_rules import Refusal

MAX_DOCUMENT_CHARACTERS = 100_000
"""The longest document of Dagster's own pages has under 20,000."""

MAX_BATCH = 100
"""Requests in one body; Dagster itself takes only one."""


def has_mutation(body: str | bytes) -> bool:
    """Return whether a request, a batch of requests or a message of a WebSocket holds a document with a mutation.

    Of a document with several operations each counts, whichever `operationName` names.

    Raises:
        Refusal: 400; it cannot be told.
    """
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "The body is not valid JSON.") from error
    requests = parsed if isinstance(parsed, list) else [parsed]
    if len(requests) > MAX_BATCH:
        raise Refusal(400, f"The body holds {len(requests):,} requests; at most {MAX_BATCH} are taken.")
    return any(_is_mutation(request) for request in requests)


def _is_mutation(request: Any) -> bool:
    from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse  # Dagster has loaded it by then

    if not isinstance(request, dict):
        raise Refusal(400, "A GraphQL request is a JSON object, or a list of them.")
    # In a message of a WebSocket the request is the payload.
    documents = [one["query"] for one in (request, request.get("payload")) if isinstance(one, dict) and "query" in one]
    for text in documents:
        if not isinstance(text, str):
            raise Refusal(400, "The query of a GraphQL request is a text.")
        try:
            document = parse(text, no_location=True, max_source_length=MAX_DOCUMENT_CHARACTERS)
        except GraphQLError as error:
            raise Refusal(400, f"The GraphQL document cannot be read: {error.message}") from error
        operations = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
        if any(operation.operation is OperationType.MUTATION for operation in operations):
            return True
    return False
