-- A payment in parts: all of its orders are created in one step, or none, so that no crash falls between two of them.
-- Create-only, as accept.
-- ARGV: epoch, split_id, what it is made of, grace_ms, then for each part: order_id, the number of its fields and
--       values, and these
local locked = foreign_epoch()
if locked then return locked end
local split = NS .. ':split:' .. ARGV[2]
if redis.call('EXISTS', split) == 1 then
  confirm_again()
  return {'exists', redis.call('HGETALL', split)}
end
local at, parts, i = now_ms(), {}, 5
while ARGV[i] do
  if redis.call('EXISTS', order_key(ARGV[i])) == 1 or tombstone(ARGV[i]) then return {'taken', ARGV[i]} end
  parts[#parts + 1] = i
  i = i + 2 + tonumber(ARGV[i + 1])
end
redis.call('HSETNX', split, 'made_of', ARGV[3])
redis.call('HSETNX', split, 'created_at', at)
redis.call('ZADD', NS .. ':splits', at, ARGV[2])
for _, part in ipairs(parts) do
  create(ARGV[part], at, at + tonumber(ARGV[4]), 0, unpack(ARGV, part + 2, part + 1 + tonumber(ARGV[part + 1])))
  redis.call('RPUSH', UNTOLD, ARGV[part])
end
return {'accepted', tostring(at)}
