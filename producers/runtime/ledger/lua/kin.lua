#!lua flags=no-writes
-- A few of all orders, and of these the payments that were charged from one of some instruments. An order that another
-- goes on for has that one's payment, which was charged from something else.
-- ARGV: epoch, account, where to go on ('0' = at the beginning), how many, then instrument, ...
local locked = foreign_epoch()
if locked then return locked end
local wanted, found = {}, {}
for i = 5, #ARGV do wanted[ARGV[i]] = true end
local page = redis.call('SCAN', ARGV[3], 'MATCH', order_key('*'), 'COUNT', ARGV[4])
for _, key in ipairs(page[2]) do
  local row = redis.call('HMGET', key, 'instrument', 'payment_id', 'lane', 'account', 'successor')
  -- Where the money is: the account that it was sent through, which need not be the one that was asked for.
  local account = row[3] ~= '' and row[3] or row[4]
  if row[2] and not row[5] and wanted[row[1]] and account == ARGV[2] then
    found[#found + 1], found[#found + 2] = row[1], row[2]
  end
end
return {'ok', page[1], found}
