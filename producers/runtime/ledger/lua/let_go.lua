-- A stray has come to its end: it holds nothing any more, or it has turned out to be money (rule R13).
-- ARGV: epoch, payment_id, order_id, state of the order if that is an alarm, or ''
local locked = foreign_epoch()
if locked then return locked end
if redis.call('HEXISTS', NS .. ':strays', ARGV[2]) == 0 then return {'again'} end
-- First, because it can fail: a stray that is gone is looked at by nobody.
if ARGV[4] ~= '' then
  redis.call('XADD', ALARMS, '*', 'order_id', ARGV[3], 'state', ARGV[4], 'payment_id', ARGV[2], 'at', now_ms())
end
redis.call('HDEL', NS .. ':strays', ARGV[2])
return {'ok'}
