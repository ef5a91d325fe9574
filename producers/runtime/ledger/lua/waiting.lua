-- A few of all orders that nobody has taken, and of these the ones of a batch; on request they fall due now.
-- ARGV: epoch, batch, where to go on ('0' = at the beginning), how many, wake (1 = due now)
local locked = foreign_epoch()
if locked then return locked end
local at, found = now_ms(), {}
local page = redis.call('ZSCAN', NS .. ':state:accepted', ARGV[3], 'COUNT', ARGV[4])
for i = 1, #page[2], 2 do
  local id = page[2][i]
  if redis.call('HGET', order_key(id), 'batch') == ARGV[2] then
    found[#found + 1] = id
    if ARGV[5] == '1' then redis.call('ZADD', due_key({batch = ARGV[2]}), 'LT', at, id) end
  end
end
return {'ok', page[1], found}
