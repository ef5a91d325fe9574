#!lua flags=no-writes
-- As kin.lua, of the orders that have left the ledger: tombstones that hold one of some fingerprints. What else they say is
-- the caller's to read.
-- ARGV: epoch, where to go on ('0' = at the beginning), how many, then fingerprint (16 bytes), ...
local locked = foreign_epoch()
if locked then return locked end
local found = {}
local page = redis.call('SCAN', ARGV[2], 'MATCH', NS .. ':gone:*', 'COUNT', ARGV[3])
for _, bucket in ipairs(page[2]) do
  for _, stone in ipairs(redis.call('HVALS', bucket)) do
    for i = 4, #ARGV do
      if string.find(stone, ARGV[i], 1, true) then
        found[#found + 1] = stone
        break
      end
    end
  end
end
return {'ok', page[1], found}
