#!lua flags=no-writes
-- How far the gateway's list was read, and what it has shown of an order, of one moment and one server: a failover
-- between two reads would lay the journal of one ledger beside the sightings of another.
-- ARGV: epoch, order_id, account
local locked = foreign_epoch()
if locked then return locked end
local id = ARGV[2]
local journal = redis.call('HGET', NS .. ':coverage:' .. ARGV[3], 'journal') or ''
return {'evidence', journal, redis.call('HGETALL', order_key(id)), redis.call('HGETALL', seen_key(id))}
