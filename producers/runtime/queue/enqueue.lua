#!lua
-- Puts wake-ups on a queue in Dramatiq's own layout, each id at most once while its message is unacknowledged.
-- Dramatiq's own enqueue repeated after a lost reply pushes the id twice and two workers start it at the same moment;
-- this one may be repeated by anyone, any number of times.
--   KEYS: the queue's list of ids, its hash of id to message.   ARGV: id, message, id, message, ...
--   Answers how many were new.
local added = 0
for i = 1, #ARGV, 2 do
    if redis.call("hsetnx", KEYS[2], ARGV[i], ARGV[i + 1]) == 1 then
        redis.call("rpush", KEYS[1], ARGV[i])
        added = added + 1
    end
end
return added
