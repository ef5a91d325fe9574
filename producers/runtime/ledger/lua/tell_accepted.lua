-- Orders whose acceptance waits to be told, in the order in which they were accepted. Of most it is told already, by
-- whoever took them. An id is dropped once its order is seen to, and an id of no order tells nothing.
-- ARGV: epoch, limit
local locked = foreign_epoch()
if locked then return locked end
local ids = redis.call('LRANGE', UNTOLD, 0, tonumber(ARGV[2]) - 1)
for _, id in ipairs(ids) do
  local r = redis.call('HGET', order_key(id), 'told') == '0' and load(id)
  if r then
    tell(r)
    save(r)
  end
end
if #ids > 0 then redis.call('LTRIM', UNTOLD, #ids, -1) end
return {'ok', tostring(#ids)}
