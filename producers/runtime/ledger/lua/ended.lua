#!lua flags=no-writes
-- A few of all orders, and of these the ones that ended longer ago than `kept`.
-- ARGV: epoch, where to go on ('0' = at the beginning), how many, kept (ms)
local locked = foreign_epoch()
if locked then return locked end
local before, found = now_ms() - tonumber(ARGV[4]), {}
local page = redis.call('SCAN', ARGV[2], 'MATCH', order_key('*'), 'COUNT', ARGV[3])
for _, key in ipairs(page[2]) do
  local row = redis.call('HMGET', key, 'state', 'since')
  if row[1] and not is_open(row[1]) and tonumber(row[2]) <= before then
    found[#found + 1] = string.sub(key, #order_key('') + 1)
  end
end
return {'ok', page[1], found}
