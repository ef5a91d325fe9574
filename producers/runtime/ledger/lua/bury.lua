-- The tombstone of an order that this ledger never knew, or has forgotten. Create-only: where there is a row that one is
-- the truth, and a tombstone is never changed.
-- ARGV: epoch, order_id, its tombstone
local locked = foreign_epoch()
if locked then return locked end
if redis.call('EXISTS', order_key(ARGV[2])) == 1 then return {'row'} end
local bucket, field = grave(ARGV[2])
if redis.call('HSETNX', bucket, field, ARGV[3]) == 1 then return {'buried'} end
confirm_again()
return {redis.call('HGET', bucket, field) == ARGV[3] and 'again' or 'taken'}
