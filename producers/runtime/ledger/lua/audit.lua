#!lua flags=allow-oom
-- One line more in the audit trail, if it was chained to the present end. No epoch is asked for: that the ledger is not
-- the pinned one is itself a line. `seen` is a value that is told once: what has it already, is no news. Works when Redis is full.
-- ARGV: epoch, end that the line was chained to, end with the line, line, then name and value of what is seen, if any
local trail, head, seen = NS .. ':audit', NS .. ':audit:head', NS .. ':audit:seen'
-- Repeated, it writes what is there once more: a WAIT behind it is about that. Nothing but the trail is touched, so that a
-- ledger that nobody has founded stays one.
if ARGV[5] and redis.call('HGET', seen, ARGV[5]) == ARGV[6] then
  redis.call('HSET', seen, ARGV[5], ARGV[6])
  return {'known'}
end
local present = redis.call('GET', head) or ''
if present == ARGV[3] then
  redis.call('SET', head, present)
  return {'ok'}
end
if present ~= ARGV[2] then return {'behind', present, tostring(now_ms())} end
redis.call('XADD', trail, '*', 'line', ARGV[4])
redis.call('SET', head, ARGV[3])
if ARGV[5] then redis.call('HSET', seen, ARGV[5], ARGV[6]) end
return {'ok'}
