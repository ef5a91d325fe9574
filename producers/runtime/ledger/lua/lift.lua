-- A human says that charges may go on in spite of this dispute, and in spite of what is still to come of it. What
-- another dispute stops as well stays stopped.
-- ARGV: epoch, account, dispute
local locked = foreign_epoch()
if locked then return locked end
local dispute = ARGV[3]
local book, stopped = NS .. ':disputes:' .. ARGV[2], NS .. ':stopped:' .. ARGV[2]
if redis.call('HEXISTS', book, dispute) == 0 then return {'missing'} end
redis.call('HSETNX', book, dispute .. '/lifted', now_ms())
redis.call('HDEL', NS .. ':searching:' .. ARGV[2], dispute)
local entries, lifted = redis.call('HGETALL', stopped), 0
for i = 1, #entries, 2 do
  local left = {}
  for other in string.gmatch(entries[i + 1], '%S+') do
    if other ~= dispute then left[#left + 1] = other end
  end
  if #left == 0 then
    redis.call('HDEL', stopped, entries[i])
    lifted = lifted + 1
  else
    redis.call('HSET', stopped, entries[i], table.concat(left, ' '))
  end
end
return {'ok', tostring(lifted)}
