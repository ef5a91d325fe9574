#!lua flags=no-writes
-- What is held against a charge that names an earlier payment: the disputes over which it must not be sent, '' for none,
-- and the latest declines of that payment for the same amount, newest first, as member and moment.
-- ARGV: epoch, account, order_id ('' where there is none yet), payment_id, amount_minor, currency, since how long ago
--       (ms), how many, and the instrument's fingerprint ('' = that of the order)
local locked = foreign_epoch()
if locked then return locked end
local account, payment_id, at = ARGV[2], ARGV[4], now_ms()
local instrument = ARGV[9] ~= '' and ARGV[9] or redis.call('HGET', order_key(ARGV[3]), 'instrument') or ''
local by = redis.call('HMGET', NS .. ':stopped:' .. account, payment_id, instrument)
local declines = redis.call('ZREVRANGEBYSCORE', declines_key(account, payment_id, ARGV[5], ARGV[6]), '+inf',
                            at - tonumber(ARGV[7]), 'WITHSCORES', 'LIMIT', 0, tonumber(ARGV[8]))
return {'ok', by[1] or by[2] or '', tostring(at), declines}
