-- Orders whose time has come: unclaimed ones go back on the queue, leases that ran out are taken back, attempts past
-- their deadline are named to the caller, who makes them unknown. Those that somebody waits for come first; batches have
-- what these leave of the limit, and so many in any case. Last, orders that nobody has taken are told as accepted.
-- ARGV: epoch, limit, grace_ms, grace_max_ms, of batches at the least, acceptances at the most
local locked = foreign_epoch()
if locked then return locked end
local at, limit, enqueue, overdue = now_ms(), tonumber(ARGV[2]), {}, {}

local function deadline(id) return tonumber(redis.call('HGET', order_key(id), 'deadline_at')) or 0 end

local function look_after(id, due)
  local r = load(id)
  if r and due_key(r) ~= due then
    -- A release that knew one set only has put it here; its own may have been left behind by what that release did.
    redis.call('ZREM', due, id)
    due = due_key(r)
    redis.call('ZADD', due, at, id)
  end
  if r and r.state == 'claimed' and r.lease_until <= at then give_back(r, at, 0, 'lease_over') end
  if r and r.state == 'accepted' then
    -- The queue usually still holds the message, and then this enqueue does nothing; so look again ever less often.
    local wait = math.min(tonumber(ARGV[3]) * 2 ^ math.min(r.sweeps, 10), tonumber(ARGV[4]))
    if halted(r) == 'paused' then
      -- It rests, but is never forgotten: a resume that died half-way is only late by this.
      redis.call('ZADD', due, at + tonumber(ARGV[4]), id)
    else
      redis.call('HSET', order_key(id), 'sweeps', r.sweeps + 1)
      redis.call('ZADD', due, at + wait, id)
      wake(enqueue, r)
    end
  elseif r and r.state == 'claimed' then
    redis.call('ZADD', due, r.lease_until, id)
  elseif r and r.state == 'sending' and deadline(id) > at then
    redis.call('ZADD', due, deadline(id), id)
  elseif r and (r.state == 'sending' or r.state == 'pending') then
    overdue[#overdue + 1] = id
    -- Asked again shortly in case the caller dies before it acts.
    redis.call('ZADD', due, at + tonumber(ARGV[3]), id)
  else
    redis.call('ZREM', due, id)
  end
end

local function sweep(due, most)
  if most <= 0 then return 0 end
  local ids = redis.call('ZRANGEBYSCORE', due, '-inf', at, 'LIMIT', 0, most)
  for _, id in ipairs(ids) do
    -- A row that somebody has forged with a producer's password holds up no other: it is looked at again later.
    if not pcall(look_after, id, due) then redis.call('ZADD', due, at + tonumber(ARGV[4]), id) end
  end
  return #ids
end

local found = sweep(DUE, limit)
sweep(DUE .. ':batch', math.max(limit - found, tonumber(ARGV[5])))
-- A stream that takes nothing holds up no order: what is not told stays in the list.
local told, looked_at = pcall(tell_waiting, tonumber(ARGV[6]))
return {'ok', enqueue, overdue, tostring(told and looked_at or 0)}
