"""Every door there is, with its table of bad inputs."""

from __future__ import annotations

from tests.inputs.doors import (
    accounts,
    batches,
    callbacks,
    charges,
    command_line,
    enqueuers,
    envelopes,
    events,
    follow_ups,
    gateway_answers,
    gateway_objects,
    gateway_reads,
    http_api,
    http_notifications,
    json_texts,
    key_files,
    messages,
    notifications,
    requests,
    sandbox,
    sandbox_operations,
    settings,
    subscriptions,
)
from tests.inputs.rows import Door

#: Characters of a rejection that repeats as many faults as are kept.
_FAULTS = 60_000

DOORS = (
    Door("charges", charges.ROWS, charges.knock),
    Door("callbacks", callbacks.ROWS, callbacks.knock),
    Door("enqueuers", enqueuers.ROWS, enqueuers.knock, keeps=True),
    Door("command line", command_line.ROWS, command_line.knock, keeps=True),
    Door("refunds, settlements, voids", follow_ups.PARSED, follow_ups.knock),
    Door("their enqueuers", follow_ups.CALLED, enqueuers.knock, keeps=True),
    Door("their commands", follow_ups.COMMANDED, command_line.knock, keeps=True),
    Door("JSON texts", json_texts.ROWS, json_texts.knock),
    Door("batch files", batches.ROWS, batches.knock),
    Door("queue messages", messages.ROWS, messages.knock),
    Door("event stream", events.ROWS, events.knock),
    Door("envelopes", envelopes.ROWS, envelopes.knock),
    Door("key files", key_files.ROWS, key_files.knock),
    Door("settings", settings.ROWS, settings.knock),
    Door("accounts", accounts.ROWS, accounts.knock),
    Door("gateway answers", gateway_answers.ROWS, gateway_answers.knock, text_max=_FAULTS),
    Door("gateway reads", gateway_reads.ROWS, gateway_reads.knock),
    Door("gateway objects", gateway_objects.ROWS, gateway_objects.knock),
    Door("requests", requests.ROWS, requests.knock),
    Door("notifications", notifications.ROWS, notifications.knock),
    Door("subscriptions", subscriptions.ROWS, subscriptions.knock),
    Door("HTTP API", http_api.ROWS, http_api.knock, keeps=True),
    Door("HTTP notifications", http_notifications.ROWS, http_notifications.knock, keeps=True),
    Door("sandbox", sandbox.ROWS, sandbox.knock, keeps=True, repeats=True),
    Door("sandbox operations", sandbox_operations.ROWS, sandbox_operations.knock, keeps=True, repeats=True),
)
