#!lua flags=allow-oom
-- Ends orders of a cancelled batch, many in one run: each as `settle` would, by compare-and-set on its token, only while
-- nobody has taken it, with its event. Whatever is not as plain as that is left to `settle`: what was taken or ended
-- meanwhile, what is two-phase or part of a chain, and what the gateway's list shows.
-- ARGV: epoch, batch, reason, then order_id, token, event_id, event of each
local locked = foreign_epoch()
if locked then return locked end
local batch, reason = ARGV[2], ARGV[3]
if redis.call('GET', NS .. ':halt:' .. batch) ~= 'cancelled' then return {'going_on'} end
local at, ending, left = now_ms(), {}, {}
local function plain(r, token)
  return r and r.state == 'accepted' and r.token == token and r.batch == batch and r.two_phase == '' and r.root == ''
    and r.successor == '' and redis.call('EXISTS', seen_key(r.id)) == 0
end
-- One step changes each counter once, however many orders it ends.
local sums = {}
local function gather(key, field, by)
  local name = key .. ' ' .. field
  sums[name] = (sums[name] or 0) + by
end
for i = 4, #ARGV, 4 do
  local r = load(ARGV[i])
  if plain(r, ARGV[i + 1]) and not ending[r.id] then
    ending[#ending + 1], ending[r.id] = r, true
    emit(r, ARGV[i + 2], ARGV[i + 3])
  else
    left[#left + 1] = ARGV[i]
  end
end
for _, r in ipairs(ending) do
  change(r, 'reason', reason)
  move(r, 'cancelled', at, reason, gather)
  save(r)
  redis.call('ZREM', due_key(r), r.id)
end
for name, by in pairs(sums) do
  local key, field = string.match(name, '^(.+) (%S+)$')
  add_now(key, field, by)
end
return {'ok', left}
