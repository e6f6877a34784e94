-- The newest stories below a cursor, all of one change number. Nothing when the view is not whole.
-- ARGV: the cursor (an ordinal) or empty, the limit, 1 to add the bodies.
local epoch = redis.call('GET', KEYS[1] .. ':epoch') or '1'
local prefix = KEYS[1] .. ':' .. epoch .. ':'
local meta = redis.call('HMGET', prefix .. 'meta', 'whole', 'head')
if not meta[1] then return nil end
local below = '+inf'
if ARGV[1] ~= '' then below = '(' .. ARGV[1] end
local found = redis.call('ZREVRANGEBYSCORE', prefix .. 'order', below, '-inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local uris, ordinals = {}, {}
for i = 1, #found, 2 do
  uris[#uris + 1] = found[i]
  ordinals[#ordinals + 1] = found[i + 1]
end
local head = meta[2] or '-1'
if #uris == 0 then return {head, uris, ordinals, {}, {}} end
local changes = redis.call('HMGET', prefix .. 'current', unpack(uris))
local cards = redis.call('HMGET', prefix .. 'cards', unpack(changes))
local bodies = {}
if ARGV[3] == '1' then bodies = redis.call('HMGET', prefix .. 'bodies', unpack(changes)) end
return {head, uris, ordinals, cards, bodies}
