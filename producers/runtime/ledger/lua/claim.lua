-- accepted, or claimed by someone whose lease or life is over -> claimed(token). Idempotent for the same token.
-- Answers with the fields that the caller names, and no more: a whole row costs more than all the rest of this script.
-- ARGV: epoch, order_id, token, worker, lease_ms, claims_max, presence_ms, then field, ...
local locked = foreign_epoch()
if locked then return locked end
local id, token, worker = ARGV[2], ARGV[3], ARGV[4]
local r = load(id)
if not r then return {'missing'} end
local at = now_ms()
local function brief() return redis.call('HMGET', order_key(id), unpack(ARGV, 8)) end
if r.state == 'claimed' and r.token == token then return {'claimed', brief()} end
if r.state == 'accepted' then
  -- What was called back waits for nothing.
  if r.not_before > at and r.withdrawn_at == '' then return {'held_back', tostring(r.not_before)} end
elseif r.state == 'claimed' then
  if r.lease_until > at and alive(r.worker, at, tonumber(ARGV[7])) then return {'busy', r.state} end
else
  return {'busy', r.state}
end
-- Nobody takes what a pause holds; what was called back is named to the caller, who ends it.
local halt = halted(r)
if halt == 'paused' then return {halt} end
if halt then return {halt, r.token, brief()} end
if r.claims >= tonumber(ARGV[6]) then return {'poison', r.token, brief()} end
tell(r)
drop_holder(r)
r.token = token
local lease_until = at + tonumber(ARGV[5])
change(r, 'token', token)
change(r, 'worker', worker)
change(r, 'lease_until', lease_until)
change(r, 'claims', r.claims + 1)
move(r, 'claimed', at, worker)
save(r)
redis.call('SADD', held_key(worker), id)
redis.call('ZADD', due_key(r), lease_until, id)
return {'claimed', brief()}
