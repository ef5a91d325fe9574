-- How far the archive's orders were asked to leave, by the moment of their end: whoever goes on goes on from there.
-- ARGV: epoch, ended at (ms), order_id
local locked = foreign_epoch()
if locked then return locked end
redis.call('HSET', NS .. ':retiring', 'ended_at', ARGV[2], 'order_id', ARGV[3])
return {'ok'}
