-- claimed or sending, by the holder of the token, who knows that nothing was sent -> accepted.
-- A holder who knows that no byte left for its account lets the order go elsewhere, and says where from: it is then
-- tried there last.
-- ARGV: epoch, order_id, token, delay_ms, detail, burn (1 keeps the claim counted against the order), account that is
--       left ('' = the order stays with its account)
local locked = foreign_epoch()
if locked then return locked end
local id, token = ARGV[2], ARGV[3]
local r = load(id)
if not r then return {'missing'} end
if r.state == 'accepted' and r.last_token == token then return {'again', r.state} end
if r.token ~= token or (r.state ~= 'claimed' and r.state ~= 'sending') then return {'stale', r.state} end
if ARGV[6] == '0' then change(r, 'claims', math.max(0, r.claims - 1)) end
if ARGV[7] ~= '' then
  change(r, 'lane', '')
  if r.held_first ~= '' then change(r, 'held_first', '') end
  change(r, 'shunned', ARGV[7])
end
-- An order that waits for hours is tried every few seconds, and its row would grow for as long as nobody mends what it waits
-- for. Of rounds that end alike the first return and the latest round are kept; `wakes` counts them all.
local function shortened(history, why)
  local line = '%d+ accepted [^ \n]* ([^\n]*)\n'
  local before, between, again, latest = string.match(string.sub(history, -2000),
    line .. '(%d+ claimed [^\n]*\n' .. line .. ')(%d+ claimed [^\n]*\n)$')
  if before ~= why or again ~= why then return history end
  return string.sub(history, 1, -#between - #latest - 1) .. latest
end
local from = r.state
if from == 'claimed' and ARGV[6] == '0' then r.history = shortened(r.history, ARGV[5]) end
give_back(r, now_ms(), tonumber(ARGV[4]), ARGV[5])
return {'ok', 'accepted', '0', from}
