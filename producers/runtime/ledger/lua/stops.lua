#!lua flags=no-writes
-- The disputes over which an order that names an earlier payment must not be sent; '' for none.
-- ARGV: epoch, account, order_id, payment_id
local locked = foreign_epoch()
if locked then return locked end
local instrument = redis.call('HGET', order_key(ARGV[3]), 'instrument') or ''
local by = redis.call('HMGET', NS .. ':stopped:' .. ARGV[2], ARGV[4], instrument)
return {'ok', by[1] or by[2] or ''}
