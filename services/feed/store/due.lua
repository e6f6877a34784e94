-- What the clock has to write by the instant ARGV[2] (us), the oldest first: members, the states they speak of,
-- and the traces they belong to.
local prefix = KEYS[1] .. ':' .. ARGV[1] .. ':'
local members = redis.call('ZRANGEBYSCORE', prefix .. 'due', '-inf', ARGV[2], 'LIMIT', 0, ARGV[3])
local uris = {}
for i, member in ipairs(members) do uris[i] = string.sub(member, 2) end
if #uris == 0 then return {members, {}, {}} end
local stories = redis.call('HMGET', prefix .. 'stories', unpack(uris))
return {members, stories, redis.call('HMGET', prefix .. 'traces', unpack(members))}
