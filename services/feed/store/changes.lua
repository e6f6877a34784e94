-- The change log after a number, in order, with the cards that are still there. Nothing when the view is not whole.
-- ARGV: the number or empty for the oldest kept, the limit, 1 to add the bodies, the bytes after which it ends early.
local epoch = redis.call('GET', KEYS[1] .. ':epoch') or '1'
local prefix = KEYS[1] .. ':' .. epoch .. ':'
local room = tonumber(ARGV[4])
local meta = redis.call('HMGET', prefix .. 'meta', 'whole', 'head', 'floor')
if not meta[1] then return nil end
local head, floor = meta[2] or '-1', meta[3] or '-1'
local from = '-'
if ARGV[1] ~= '' then
  local after = tonumber(ARGV[1])
  if after < tonumber(floor) or after > tonumber(head) then return {head, floor} end
  if after >= 0 then from = '(' .. ARGV[1] .. '-1' end
end
local log = redis.call('XRANGE', prefix .. 'changes', from, '+', 'COUNT', ARGV[2])
-- The log's last entry is the head's.
local entries, cards, bodies, next = {}, {}, {}, head
for i, entry in ipairs(log) do
  local number = string.match(entry[1], '^%d+')
  local card, text = redis.call('HGET', prefix .. 'cards', number), ''
  if card then
    if ARGV[3] == '1' then text = redis.call('HGET', prefix .. 'bodies', number) end
    room = room - #card - #text
  end
  if room < 0 and i > 1 then break end
  entries[i], cards[i], bodies[i] = entry, card, text
  next = number
end
return {head, floor, entries, cards, bodies, next, epoch}
