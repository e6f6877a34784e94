-- The newest stories below a cursor, all of one change number. Nothing when the view is not whole.
-- ARGV: the cursor (an ordinal) or empty, the limit, 1 to add the bodies, the bytes after which the page ends early.
local epoch = redis.call('GET', KEYS[1] .. ':epoch') or '1'
local prefix = KEYS[1] .. ':' .. epoch .. ':'
local limit, room = tonumber(ARGV[2]), tonumber(ARGV[4])
local meta = redis.call('HMGET', prefix .. 'meta', 'whole', 'head')
if not meta[1] then return nil end
local head = meta[2] or '-1'
local below = '+inf'
if ARGV[1] ~= '' then below = '(' .. ARGV[1] end
-- One more than asked for tells whether there is more.
local found = redis.call('ZREVRANGEBYSCORE', prefix .. 'order', below, '-inf', 'WITHSCORES', 'LIMIT', 0, limit + 1)
local total = #found / 2
local uris, cards, bodies, cursor = {}, {}, {}, ''
for i = 1, math.min(total, limit) do
  local change = redis.call('HGET', prefix .. 'current', found[2 * i - 1])
  local card, text = redis.call('HGET', prefix .. 'cards', change), ''
  if ARGV[3] == '1' then text = redis.call('HGET', prefix .. 'bodies', change) end
  room = room - #card - #text
  if room < 0 and i > 1 then break end
  uris[i], cards[i], bodies[i] = found[2 * i - 1], card, text
  cursor = found[2 * i]
end
if #uris == total then cursor = '' end
return {head, uris, cards, bodies, cursor}
