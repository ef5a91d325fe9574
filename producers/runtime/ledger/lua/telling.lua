-- What is told, to whom and in which order: shared by the scripts that tell, and put behind the prelude. SOURCE and
-- DECIMALS (of the currencies that have not two, ' JPY=0 ... ') are written in by the loader.
local UNTOLD = NS .. ':untold'

-- Nobody may hear of a transition that a failover could still undo (rule R7). With `appendfsync always` on one server a
-- reader gets its reply after the fsync. With replicas the event waits in the outbox until all of them have it.
local function append(event_id, event)
  local stream = redis.call('EXISTS', NS .. ':replicated') == 1 and OUTBOX or EVENTS
  redis.call('XADD', stream, '*', 'id', event_id, 'event', event)
end

-- As contract/events.py writes texts, amounts and times. Most texts are written as they are.
local function json(text)
  if not string.find(text, '[^%w ._:-]') then return '"' .. text .. '"' end
  return (string.gsub(cjson.encode(text), '\\/', '/'))
end
local function member(name, text) return text and text ~= '' and ',"' .. name .. '":' .. json(text) or '' end

local function money(minor, currency)
  local at = string.find(DECIMALS, ' ' .. currency .. '=', 1, true)
  local decimals = at and tonumber(string.sub(DECIMALS, at + #currency + 2, at + #currency + 2)) or 2
  if decimals == 0 then return minor end
  minor = string.rep('0', decimals + 1 - #minor) .. minor
  return string.sub(minor, 1, -decimals - 1) .. '.' .. string.sub(minor, -decimals)
end

-- Years are counted from March: so the day that is not always there comes last.
local function moment(ms)
  local second = math.floor(ms / 1000)
  local day = math.floor(second / 86400) + 719468
  local era = math.floor(day / 146097)
  local of_era = day - era * 146097
  local leap_days = math.floor(of_era / 1460) - math.floor(of_era / 36524) + math.floor(of_era / 146096)
  local year = math.floor((of_era - leap_days) / 365)
  local of_year = of_era - 365 * year - math.floor(year / 4) + math.floor(year / 100)
  local month = math.floor((5 * of_year + 2) / 153)
  local date = of_year - math.floor((153 * month + 2) / 5) + 1
  month = month < 10 and month + 3 or month - 9
  year = year + era * 400 + (month <= 2 and 1 or 0)
  local of_day = second % 86400
  local text = string.format('%04d-%02d-%02dT%02d:%02d:%02d', year, month, date, math.floor(of_day / 3600),
                             math.floor(of_day / 60) % 60, of_day % 60)
  return text .. (ms % 1000 == 0 and 'Z' or string.format('.%03d000Z', ms % 1000))
end

-- The event of an order's acceptance, made of what its row holds; nil where that is none of ours.
local function acceptance(r)
  local row = redis.call('HMGET', order_key(r.id), 'created_at', 'account', 'producer', 'last4', 'country', 'customer')
  local at = string.match(row[1] or '', '^%d+$')
  if not at or #at > 14 or not string.match(r.amount_minor, '^%d+$') then return nil end
  local id, name = r.ref .. ':accepted', json(r.id)
  return id, '{"type":' .. json((r.kind == '' and 'payment' or r.kind) .. '.accepted') .. ',"specversion":"1.0","id":'
    .. json(id) .. ',"source":"' .. SOURCE .. '","subject":' .. name .. ',"time":"' .. moment(tonumber(at))
    .. '","datacontenttype":"application/json","data":{"order_id":' .. name .. ',"attempt_ref":' .. json(r.ref)
    .. ',"state":"accepted","account":' .. json(row[2] or '') .. ',"producer":' .. json(row[3] or '')
    .. ',"amount":"' .. money(r.amount_minor, r.currency) .. '","currency":' .. json(r.currency)
    .. member('payment_id', r.parent) .. member('card_last4', row[4]) .. member('country', row[5])
    .. member('batch', r.batch) .. member('customer', row[6]) .. '}}'
end

-- A producer may append nothing to the stream: who can append can also empty it, and say what never was. It leaves the
-- order's id in a list, and whoever first has something to do with the order, or goes through the list, tells that it
-- was accepted. Called before anything else is told of the order; written with `save`.
local function tell(r)
  if r.told ~= '0' then return end
  local event_id, event = acceptance(r)
  if event then append(event_id, event) end
  r.told = now_ms()
  change(r, 'told', r.told)
end

-- Redis takes back nothing that a failed script has written, and the append is what can fail, at a stream whose ids are
-- used up. So a script tells before it writes anything else. `r` is whose event it is, nil where it is no order's.
local function emit(r, event_id, event)
  if r then tell(r) end
  if event_id ~= '' then append(event_id, event) end
end

-- Of orders whose acceptance waits to be told, the oldest first, at most so many; answers how many were looked at. Most are
-- told already, by whoever took them. An id is dropped once its order is seen to, and an id of no order tells nothing.
local function tell_waiting(most)
  if most <= 0 then return 0 end
  local ids = redis.call('LRANGE', UNTOLD, 0, most - 1)
  for _, id in ipairs(ids) do
    local r = redis.call('HGET', order_key(id), 'told') == '0' and load(id)
    if r then
      tell(r)
      save(r)
    end
  end
  if #ids > 0 then redis.call('LTRIM', UNTOLD, #ids, -1) end
  return #ids
end
