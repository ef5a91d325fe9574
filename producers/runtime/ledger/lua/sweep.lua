-- Orders whose time has come: unclaimed ones go back on the queue, leases that ran out are taken back, attempts past
-- their deadline are named to the caller, who makes them unknown.
-- ARGV: epoch, limit, grace_ms, grace_max_ms
local locked = foreign_epoch()
if locked then return locked end
local at, enqueue, overdue = now_ms(), {}, {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', DUE, '-inf', at, 'LIMIT', 0, tonumber(ARGV[2]))) do
  local r = load(id)
  if r and r.state == 'claimed' and r.lease_until <= at then give_back(r, at, 0, 'lease_over') end
  if r and r.state == 'accepted' then
    -- The queue usually still holds the message, and then this enqueue does nothing; so look again ever less often.
    local wait = math.min(tonumber(ARGV[3]) * 2 ^ math.min(r.sweeps, 10), tonumber(ARGV[4]))
    if halted(r) == 'paused' then
      -- It rests, but is never forgotten: a resume that died half-way is only late by this.
      redis.call('ZADD', DUE, at + tonumber(ARGV[4]), id)
    else
      redis.call('HSET', order_key(id), 'sweeps', r.sweeps + 1)
      redis.call('ZADD', DUE, at + wait, id)
      enqueue[#enqueue + 1] = id
      enqueue[#enqueue + 1] = wake_number(r)
    end
  elseif r and r.state == 'claimed' then
    redis.call('ZADD', DUE, r.lease_until, id)
  elseif r and (r.state == 'sending' or r.state == 'pending') then
    overdue[#overdue + 1] = id
    -- Asked again shortly in case the caller dies before it acts.
    redis.call('ZADD', DUE, at + tonumber(ARGV[3]), id)
  else
    redis.call('ZREM', DUE, id)
  end
end
return {'ok', enqueue, overdue}
