"""Fills a ledger with finished orders as real ones leave it: a few go through the product, the rest are their copies.

Everything the ledger keeps of a finished order is copied: its own keys, its members of shared sets, and its events.
Whatever the product comes to keep, a copy has it too, because nothing here knows what that is.
"""

from __future__ import annotations

import signal

import redis

from tests.benchmarks.ours import Ours
from tests.eventually import eventually

#: Orders that go through the product to be copied, and copies made by one run of the script: some milliseconds.
MODELS, AT_ONCE = 10, 2_000
#: A copy's id in place of its model's, in keys, members, fields and values alike.
COPY = """
local model, prefix, first, count = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local pattern = string.gsub(model, '%-', '%%-')
local function renamed(list, id)
  local out = {}
  for i = 1, #list do out[i] = (string.gsub(list[i], pattern, id)) end
  return out
end
local models = {}
for i = 1, #KEYS do
  local key, kind = KEYS[i], redis.call('TYPE', KEYS[i]).ok
  local own = string.find(key, model, 1, true)
  if own and kind == 'hash' then models[#models + 1] = {key, 'HSET', redis.call('HGETALL', key)} end
  if own and kind == 'string' then models[#models + 1] = {key, 'SET', {redis.call('GET', key)}} end
  if kind == 'zset' and redis.call('ZSCORE', key, model) then
    models[#models + 1] = {key, 'ZADD', {redis.call('ZSCORE', key, model), model}}
  end
  if kind == 'set' and redis.call('SISMEMBER', key, model) == 1 then models[#models + 1] = {key, 'SADD', {model}} end
  if kind == 'stream' then
    for _, entry in ipairs(redis.call('XRANGE', key, '-', '+', 'COUNT', 1000)) do
      if string.find(table.concat(entry[2], ' '), model .. ':', 1, true) then
        models[#models + 1] = {key, 'XADD', {'*', unpack(entry[2])}}
      end
    end
  end
end
for number = first, first + count - 1 do
  local id = prefix .. number
  for _, one in ipairs(models) do
    redis.call(one[2], (string.gsub(one[1], pattern, id)), unpack(renamed(one[3], id)))
  end
end
return #models
"""


def fill(system: Ours, records: int) -> None:
    """Add so many finished orders to a system whose workers have not been started yet."""
    models = _models(system)
    client = system.redis()
    client.config_set("appendonly", "no")  # the copies are written once, when it is on again
    keys = sorted(client.scan_iter(count=1_000))
    copy = client.register_script(COPY)
    for batch, first in enumerate(range(0, records, AT_ONCE)):
        copied = copy(keys, [models[batch % MODELS], "FILL-", first, min(AT_ONCE, records - first)])
        assert copied, "a finished order has left nothing to copy"
    client.config_set("appendonly", "yes")
    eventually(lambda: _written(client), "the copies are on disk", within_s=600)


def _models(system: Ours) -> list[str]:
    """Orders that a worker has brought to their end; it is gone again."""
    system.accept(MODELS)
    worker = system.stack.worker()
    eventually(lambda: system.done() >= MODELS, "the models are charged")
    worker.send_signal(signal.SIGTERM)
    worker.wait()
    return system.told[-MODELS:]


def _written(client: redis.Redis) -> bool:
    state = client.info("persistence")
    assert isinstance(state, dict)
    return bool(state["aof_enabled"]) and not state["aof_rewrite_in_progress"] and not state["aof_rewrite_scheduled"]
