#!lua flags=allow-oom
-- A hold is about to expire: its owner is told, in the step that notes it, so that whoever comes second tells nothing.
-- Without an event the hold has come to its end unheard of. While something that follows its payment is open, that may
-- settle it yet: then `patient` waits.
-- ARGV: epoch, account, payment_id, event_id, event ('' = it holds nothing any more), patient (1, or 0)
local locked = foreign_epoch()
if locked then return locked end
local payment_id = ARGV[3]
local began = redis.call('ZSCORE', holds_key(ARGV[2]), payment_id)
if ARGV[5] == '' then
  local known = redis.call('HEXISTS', parent_key(payment_id), 'hold') == 1
  hold_ends(payment_id)
  return {known and 'ok' or 'again'}
end
if not began then return {'again'} end
if ARGV[6] == '1' and redis.call('HEXISTS', parent_key(payment_id), 'open') == 1 then return {'busy'} end
local whose = redis.call('HGET', parent_key(payment_id), 'hold')
emit(nil, ARGV[4], ARGV[5])
redis.call('HSET', order_key(string.match(whose, ' (.*)$')), 'hold_told', now_ms())
redis.call('ZREM', holds_key(ARGV[2]), payment_id)
redis.call('ZADD', expiring_key(ARGV[2]), began, payment_id)
return {'ok'}
